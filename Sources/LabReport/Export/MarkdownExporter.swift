/// The tables and verdicts as Markdown: what summary.md holds.
package struct MarkdownExporter: Exporter {
    /// The exporter.
    package init() {}

    /// The text of the file.
    package func text(of results: ResultSet) -> String { SummaryDocument(results.summary).markdown }
}
