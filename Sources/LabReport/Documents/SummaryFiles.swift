import LabAnalysis
import LabBase
import LabRun

extension ResultDirectory {
    /// Writes the summary as summary.json and summary.md, and returns it.
    ///
    /// Throws `SystemCallError` or `EncodingError`.
    package func writeSummary() throws -> RunSummary {
        let summary = summary
        try OutputFile.write(try JSONLine.encode(summary) + "\n", to: File.summary.path(in: path))
        try OutputFile.write(SummaryDocument(summary).markdown, to: File.summaryText.path(in: path))
        return summary
    }
}
