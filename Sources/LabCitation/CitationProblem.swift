/// Why a citation or a table cannot be made, in words; the document adds its file and line.
struct CitationProblem: Error, Equatable, Sendable {
    /// What was wrong and what would be right.
    let text: String

    /// A problem described by `text`.
    init(_ text: String) { self.text = text }
}
