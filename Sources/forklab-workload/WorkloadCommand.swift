import ArgumentParser
import CProcess
import Glibc
import Measurement

/// The child workloads that run under the preload library or under a reference allocator.
@main
struct WorkloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forklab-workload",
        abstract: "Fork and allocation workloads that report what they measured and verified, as JSON lines.",
        discussion: """
            Under the preload library, VMMALLOC_POOL_DIR and VMMALLOC_FORK tell the workload what to expect \
            of the heap; without them it runs as a reference.

            EXAMPLES
              forklab-workload heap --pool-size 256M --share-in-use 0.5
              LD_PRELOAD=.build/release/libvmmalloc.so VMMALLOC_POOL_DIR=/dev/shm VMMALLOC_POOL_SIZE=256M \\
                  VMMALLOC_FORK=2 forklab-workload heap --pool-size 256M
              forklab-workload snapshot --threads 2 --forks 1000
              forklab-workload throughput --threads 2
            """,
        subcommands: [HeapCommand.self, SnapshotCommand.self, ThroughputCommand.self])
}

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

extension SizeDistribution: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }

    var defaultValueDescription: String { text }
}

/// A size on the command line: "256M".
struct SizeArgument: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        guard let bytes = ByteCount.parse(argument) else { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { ByteCount.text(bytes) }
}
