import ArgumentParser
import CProcess
import Glibc
import Measurement

/// `forklab-workload heap`: fills a heap, forks, writes on both sides, verifies both.
struct HeapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heap",
        abstract:
            "Fill a share of the heap, fork, rewrite in parent and child, verify that neither sees the other.",
        discussion: """
            Every block carries its number, its owner and a generation in all of its words. After a fork the \
            parent rewrites its share, then the child rewrites one that overlaps it by half and reads the rest; \
            then both free and allocate their shares again at the same time. Timed phases and checks are named \
            as in the report.
            """)

    @Option(help: "Size of the pool, or for a reference the size to compare with (suffixes K, M, G, T).")
    var poolSize: SizeArgument = SizeArgument(argument: "256M")!

    @Option(help: "Share of the pool size to fill with live blocks before the first fork, 0 to 1.")
    var shareInUse: Double = 0.5

    @Option(help: "Share of the blocks that parent and child each rewrite after every fork, 0 to 1.")
    var rewriteShare: Double = 0.1

    @Option(help: "Sizes of the blocks: small, mixed, large, or a list such as 64,1024,65536.")
    var distribution: SizeDistribution = SizeDistribution("mixed")!

    @Option(help: "Number of forks, one after the other.")
    var forks: Int = 1

    @Option(help: "Generations: 1 forks a child, 2 makes the child fork a grandchild, and so on.")
    var depth: Int = 1

    @Option(help: "Seed of the block sizes.")
    var seed: UInt64 = 1

    @Option(help: "Seconds that a child may take to answer before it is killed.")
    var childDeadline: Int = 20

    @Option(help: "Write back the pool's file system before each fork: true or false.")
    var syncBeforeFork: Bool = false

    @Option(help: "Whether the kernel may give this process huge pages: true or false.")
    var hugePages: Bool = true

    @OptionGroup var reporting: ReportOptions

    func validate() throws {
        try OptionRange.checkShare("--share-in-use", shareInUse)
        try OptionRange.checkShare("--rewrite-share", rewriteShare)
        try OptionRange.checkCounts([
            ("--forks", forks, 1000), ("--depth", depth, 8), ("--child-deadline", childDeadline, 3600),
        ])
    }

    func run() throws {
        _ = cp_die_with_parent()
        if !hugePages, cp_disable_huge_pages() != 0 { throw SystemCallError("disable huge pages") }
        var workload = try HeapWorkload(
            HeapWorkload.Settings(
                bytes: Int(Double(poolSize.bytes) * shareInUse), rewriteShare: rewriteShare,
                distribution: distribution, forks: forks, depth: depth, seed: seed,
                childDeadline: UInt64(childDeadline) * 1_000_000_000, syncBeforeFork: syncBeforeFork),
            pool: try PoolExpectation.fromEnvironment(),
            report: reporting.makeReport(workload: "heap"))
        try workload.run(emit: reporting.emit)
    }
}
