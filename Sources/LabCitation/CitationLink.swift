import LabRun

/// A link of Markdown to a summary.md, with a title: that is a citation.
///
/// Our own few lines, since parsers of Markdown tell the place of a link within a table wrongly or not at all.
struct CitationLink {
    /// Where it stands.
    let range: Range<Substring.Index>
    /// What a reader sees.
    let text: String
    /// The directory of the results.
    let directory: String
    /// The citation.
    let title: String

    private static let file = ResultDirectory.File.summaryText.rawValue

    /// All of a line that do not stand in backquotes.
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

    /// Whether the end of a line holds a citation that goes on in the next, and so would never be looked at.
    static func isCutOff(_ rest: Substring) -> Bool {
        rest.contains(/\/summary\.md(?:#[^()\s"]*)?(?:\s+"[^"]*)?$/)
            && rest.count { $0 == "`" }.isMultiple(of: 2)
    }

    /// The same link with another text and anchor.
    func with(text: String, anchor: String) -> String {
        "[\(text)](\(directory)/\(Self.file)#\(anchor) \"\(title)\")"
    }
}
