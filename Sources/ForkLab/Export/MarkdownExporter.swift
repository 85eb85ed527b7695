/// The tables and verdicts as Markdown: what summary.md holds.
public struct MarkdownExporter: Exporter {
    /// The exporter.
    public init() {}

    /// The text of the file.
    public func text(of results: ResultSet) -> String { SummaryDocument(results.summary).markdown }
}
