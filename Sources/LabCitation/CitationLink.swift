import LabRun

/// A Markdown link to a summary.md with a title: a citation.
///
/// Parsed by hand, since Markdown parsers report the place of a link within a table wrongly or not at all.
struct CitationLink {
    /// The range of the link.
    let range: Range<Substring.Index>
    /// The text that a reader sees.
    let text: String
    /// The directory of the results.
    let directory: String
    /// The citation, as text.
    let title: String

    private static let file = ResultDirectory.File.summaryText.rawValue

    /// All citations in a line that are not in backquotes.
    static func all(in line: Substring) -> [CitationLink] {
        let link = /\[([^\[\]]*)\]\(([^()\s"]*)\/summary\.md(?:#[^()\s"]*)?\s+"([^"]*)"\)/
        return line.matches(of: link).compactMap { match in
            let marks = line[..<match.range.lowerBound].count { $0 == "`" }
            guard marks.isMultiple(of: 2) else { return nil }
            return CitationLink(
                range: match.range, text: String(match.output.1), directory: String(match.output.2),
                title: String(match.output.3))
        }
    }

    /// Whether a line ends with a citation that continues on the next, and so would never be checked.
    static func isCutOff(_ rest: Substring) -> Bool {
        rest.contains(/\/summary\.md(?:#[^()\s"]*)?(?:\s+"[^"]*)?$/)
            && rest.count { $0 == "`" }.isMultiple(of: 2)
    }

    /// The same link with another text and anchor.
    func with(text: String, anchor: String) -> String {
        "[\(text)](\(directory)/\(Self.file)#\(anchor) \"\(title)\")"
    }
}
