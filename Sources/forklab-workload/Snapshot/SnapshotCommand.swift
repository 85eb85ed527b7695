import ArgumentParser
import CProcess
import Measurement

/// `forklab-workload snapshot`: counts snapshots that show a moment that never was.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract:
            "Fork while threads write pairs of words in order; count the children that see a pair torn.",
        discussion: """
            Each thread stores the time to the first word of a pair, then to the second. A child whose second \
            word is newer than its first has a heap that existed at no moment; by how much it is newer tells \
            how long after the one the other was copied. Pairs lie in one page of the heap, at both ends of it, \
            and in heap and .bss.
            """)

    @Option(help: "Size of the pool, or for a reference the size to compare with (suffixes K, M, G, T).")
    var poolSize: SizeArgument = SizeArgument(argument: "256M")!

    @Option(help: "Share of the pool size to fill with live blocks, 0 to 1.")
    var shareInUse: Double = 0.5

    @Option(help: "Threads that write.")
    var threads: Int = 2

    @Option(help: "Number of forks, one after the other.")
    var forks: Int = 100

    @Option(help: "Seconds that a child may take to answer before it is killed.")
    var childDeadline: Int = 20

    @OptionGroup var reporting: ReportOptions

    func validate() throws {
        try OptionRange.checkShare("--share-in-use", shareInUse)
        try OptionRange.checkCounts([
            ("--threads", threads, PairWriter.most), ("--forks", forks, 100_000),
            ("--child-deadline", childDeadline, 3600),
        ])
    }

    func run() throws {
        _ = cp_die_with_parent()
        var workload = try SnapshotWorkload(
            SnapshotWorkload.Settings(
                bytes: Int(Double(poolSize.bytes) * shareInUse), threads: threads, forks: forks,
                childDeadline: UInt64(childDeadline) * 1_000_000_000),
            pool: try PoolExpectation.fromEnvironment(),
            report: reporting.makeReport(workload: "snapshot"))
        try workload.run(emit: reporting.emit)
    }
}
