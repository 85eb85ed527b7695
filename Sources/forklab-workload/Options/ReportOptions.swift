import ArgumentParser
import CProcess
import Glibc
import Measurement

/// Options that all workloads have.
struct ReportOptions: ParsableArguments {
    @Option(help: "Descriptor that the report is written to, one JSON object a line.")
    var reportFd: Int32 = STDOUT_FILENO

    /// Writes one line to the report descriptor, whole.
    func emit(_ report: WorkloadReport) throws {
        let line = Array((try report.jsonLine() + "\n").utf8)
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes {
                write(reportFd, $0.baseAddress! + written, line.count - written)
            }
            guard count > 0 else { throw SystemCallError("write the report to descriptor \(reportFd)") }
            written += count
        }
    }

    /// An empty report that names the malloc in use.
    func makeReport(workload: String) -> WorkloadReport {
        WorkloadReport(
            workload: workload, allocator: cp_allocator_path().map { String(cString: $0) } ?? "unknown")
    }
}
