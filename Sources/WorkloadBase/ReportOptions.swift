import ArgumentParser
import CommandLineTool
import CProcess
import Glibc
import WorkloadSchema

/// Options common to all workloads.
package struct ReportOptions: ParsableArguments {
    @Option(
        help: "Descriptor to which the report is written, one JSON object per line (default: 1).",
        transform: { try NumberArgument.wholeNumber($0) })
    package var reportFd: Int32 = STDOUT_FILENO

    /// Options with their defaults.
    package init() {}

    /// Writes the report as one line to the report descriptor. Throws `SystemCallError` or `EncodingError`.
    package func emit(_ report: WorkloadReport) throws { try report.writeLine(to: reportFd) }

    /// An empty report that names the malloc in use.
    package func makeReport(workload: String) -> WorkloadReport {
        WorkloadReport(
            workload: workload, allocator: cp_allocator_path().map { String(cString: $0) } ?? "unknown")
    }
}
