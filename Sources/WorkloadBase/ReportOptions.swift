import ArgumentParser
import CProcess
import Glibc
import WorkloadSchema

/// Options that all workloads have.
package struct ReportOptions: ParsableArguments {
    @Option(help: "Descriptor that the report is written to, one JSON object a line.")
    package var reportFd: Int32 = STDOUT_FILENO

    /// The defaults.
    package init() {}

    /// Writes one line to the report descriptor, whole.
    package func emit(_ report: WorkloadReport) throws { try report.writeLine(to: reportFd) }

    /// An empty report that names the malloc in use.
    package func makeReport(workload: String) -> WorkloadReport {
        WorkloadReport(
            workload: workload, allocator: cp_allocator_path().map { String(cString: $0) } ?? "unknown")
    }
}
