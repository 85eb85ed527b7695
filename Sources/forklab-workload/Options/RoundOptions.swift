import ArgumentParser
import CommandLineTool
import CProcess
import LabBase
import WorkloadBase
import WorkloadSchema

/// Options of all workloads that fill a heap and fork in rounds.
struct RoundOptions: ParsableArguments {
    @OptionGroup var heap: HeapOptions

    @Option(
        "rewrite_share", of: .heap,
        help: "Share of the items that parent and child each rewrite after every fork, 0 to 1.")
    var rewriteShare: Double

    @Option(
        "distribution", of: .heap,
        help: "Sizes of the blocks: small, mixed, large, or a list such as 64,1024,65536.")
    var distribution: SizeDistribution

    @Option(help: "Seed for everything random (default: 1).", transform: NumberArgument.wholeNumber)
    var seed: UInt64 = 1

    @Option("hold", of: .heap, help: "Milliseconds that children live on after their last phase.")
    var hold: Int

    @Option(
        "sync_before_fork", of: .heap,
        help: "Write back the pool's file system before each fork: true or false.")
    var syncBeforeFork: Bool

    @Option(
        "huge_pages", of: .heap, help: "Whether the kernel may give this process huge pages: true or false.")
    var hugePages: Bool

    @OptionGroup var probing: ProbeOptions
    @OptionGroup var reporting: ReportOptions

    /// The settings for the forks.
    var settings: ForkFamily.Settings {
        ForkFamily.Settings(
            rewriteShare: rewriteShare, childDeadline: heap.patience,
            hold: UInt64(hold) * 1_000_000, syncBeforeFork: syncBeforeFork)
    }

    /// Applies the options to this process, and begins the workload `kind` in it. Throws `SystemCallError`.
    func begin<Contents>(
        _ kind: WorkloadKind, _ settings: ForkFamily.Settings
    ) throws -> RoundsWorkload<Contents> {
        _ = cp_die_with_parent()
        if !hugePages, cp_disable_huge_pages() != 0 { throw SystemCallError("disable huge pages") }
        return try RoundsWorkload(
            settings, pool: try PoolExpectation.fromEnvironment(),
            report: reporting.makeReport(workload: kind.rawValue), stallRate: probing.stallRate(of: kind))
    }

    /// Fills a table of blocks, and records in `workload` how that went. Throws `SystemCallError`.
    func fillBlocks(_ workload: inout RoundsWorkload<BlockTable>) throws -> BlockTable {
        var table = try BlockTable(capacity: heap.bytes / distribution.smallest + 1)
        var time = Interval()
        let live = time.measure {
            table.fill(
                bytes: heap.bytes, distribution: distribution, seed: seed,
                owner: Generation<BlockTable>.firstOwner)
        }
        workload.noteFill(table, live: live, of: heap.bytes, in: time)
        return table
    }
}
