import ArgumentParser
import CProcess
import Glibc
import Measurement

/// Options that all workloads have.
struct ReportOptions: ParsableArguments {
    @Option(help: "Descriptor that the report is written to, one JSON object a line.")
    var reportFd: Int32 = STDOUT_FILENO

    /// Writes one line to the report descriptor, whole.
    func emit(_ report: WorkloadReport) throws { try report.writeLine(to: reportFd) }

    /// An empty report that names the malloc in use.
    func makeReport(workload: String) -> WorkloadReport {
        WorkloadReport(
            workload: workload, allocator: cp_allocator_path().map { String(cString: $0) } ?? "unknown")
    }
}
