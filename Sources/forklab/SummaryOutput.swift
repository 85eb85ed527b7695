import Glibc
import LabAnalysis
import LabBase
import LabReport
import LabRun

/// How subcommands that make results end: the summary, where it lies, the exit status.
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
