import ArgumentParser
import CProcess
import WorkloadBase
import WorkloadSchema

/// `forklab-workload snapshot`: counts snapshots that show a state that never existed.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract:
            "Fork while threads write pairs of words in order; count the children that see a pair torn.",
        discussion: """
            Each thread stores the time to the first word of a pair, then to the second. A child whose second \
            word is newer than its first has a heap that never existed at any one moment; by how much it is newer tells \
            how much later the second was copied. Pairs lie in one page of the heap, at both ends of it, \
            and in heap and .bss.
            """)

    @Option("threads", of: .snapshot, help: "Threads that write.")
    var threads: Int

    @Option("forks", of: .snapshot, help: "Number of forks, one after the other.")
    var forks: Int

    @OptionGroup var heap: HeapOptions
    @OptionGroup var reporting: ReportOptions

    func run() throws {
        _ = cp_die_with_parent()
        var workload = try SnapshotWorkload(
            SnapshotWorkload.Settings(
                bytes: heap.bytes, threads: threads, forks: forks, childDeadline: heap.patience),
            pool: try PoolExpectation.fromEnvironment(),
            report: reporting.makeReport(workload: "snapshot"))
        try workload.run(emit: reporting.emit)
    }
}
