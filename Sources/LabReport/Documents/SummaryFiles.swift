import LabAnalysis
import LabBase
import LabRun

extension ResultDirectory {
    /// Writes what it all comes to, as summary.json and in words as summary.md, and returns it.
    ///
    /// Throws `SystemCallError` or `EncodingError`.
    package func writeSummary() throws -> RunSummary {
        let summary = summary
        try OutputFile.write(try JSONLine.encode(summary) + "\n", to: File.summary.path(in: path))
        try OutputFile.write(SummaryDocument(summary).markdown, to: File.summaryText.path(in: path))
        return summary
    }
}
