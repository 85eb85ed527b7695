/// Exports the tables and verdicts as Markdown: the contents of summary.md.
package struct MarkdownExporter: Exporter {
    /// Creates the exporter.
    package init() {}

    /// The contents of the file.
    package func text(of results: ResultSet) -> String { SummaryDocument(results.summary).markdown }
}
