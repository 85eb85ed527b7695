import Glibc
import LabAnalysis
import LabBase
import LabReport
import LabRun

/// The end of subcommands that make results: the summary, where it is, the exit status.
enum SummaryOutput {
    /// Prints `summary`. Throws the exit status unless it is 0.
    static func show(_ summary: RunSummary, directory: String, json: Bool) throws {
        print(json ? try JSONLine.encode(summary) : SummaryDocument(summary).text)
        fflush(nil)
        StandardError.line("results in \(directory)")
        let status = ExitStatus.after(summary)
        if status != .success { throw status }
    }
}
