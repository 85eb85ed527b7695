/// Turns an SVG document of gnuplot into a part of a page: without a declaration, with identifiers that no other plot has, and
/// with colours from the page's style sheet.
enum InlineSVG {
    /// The svg element of `document`; nil if there is none.
    ///
    /// `title` and `description` are for readers who cannot see the plot.
    static func element(_ document: String, name: String, title: String, description: String) -> String? {
        guard let begin = document.range(of: "<svg"), let close = document[begin.upperBound...].range(of: ">")
        else { return nil }
        let attributes = document[begin.upperBound..<close.lowerBound]
        let body = withoutOwnTitle(document[close.upperBound...])
        let head =
            "<svg role=\"img\" aria-labelledby=\"\(name)-title \(name)-description\" \(attributes)>"
            + "<title id=\"\(name)-title\">\(escaped(title))</title>"
            + "<desc id=\"\(name)-description\">\(escaped(description))</desc>"
        return coloured(head + identified(body, name: name))
    }

    /// Removes gnuplot's own title and description.
    private static func withoutOwnTitle(_ body: Substring) -> String {
        var text = String(body)
        for tag in ["title", "desc"] {
            guard let begin = text.range(of: "<\(tag)>"), let end = text.range(of: "</\(tag)>") else {
                continue
            }
            text.removeSubrange(begin.lowerBound..<end.upperBound)
        }
        return text
    }

    /// Makes identifiers unique within a page.
    private static func identified(_ body: String, name: String) -> String {
        [("id='", ""), ("id=\"", ""), ("href='#", ""), ("href=\"#", ""), ("url(#", "")]
            .reduce(body) { text, mark in text.replacing(mark.0, with: mark.0 + name + "-") }
    }

    private static func coloured(_ text: String) -> String {
        var text = text
        for (name, (red, green, blue)) in PlotStyle.colours {
            for spelling in spellings(red, green, blue) {
                text = text.replacing(spelling, with: "var(--\(name))")
            }
        }
        for (word, variable) in [("black", "ink"), ("white", "paper"), ("gray", "grid")] {
            for quote in ["'", "\""] {
                text = text.replacing("=\(quote)\(word)\(quote)", with: "=\(quote)var(--\(variable))\(quote)")
            }
        }
        return text
    }

    /// The ways gnuplot writes a colour: "rgb(  0, 114, 178)" for lines and "rgb(0,114,178)" for text.
    private static func spellings(_ red: Int, _ green: Int, _ blue: Int) -> [String] {
        func padded(_ number: Int) -> String {
            String(repeating: " ", count: 3 - "\(number)".count) + "\(number)"
        }
        return [
            "rgb(\(padded(red)), \(padded(green)), \(padded(blue)))", "rgb(\(red),\(green),\(blue))",
        ]
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
