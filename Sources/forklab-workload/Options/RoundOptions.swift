import ArgumentParser
import CProcess
import Measurement

/// Options of all workloads that fill a heap and fork.
struct RoundOptions: ParsableArguments {
    @Option(help: "Size of the pool, or for a reference the size to compare with (suffixes K, M, G, T).")
    var poolSize: SizeArgument = SizeArgument(argument: "256M")!

    @Option(help: "Share of the pool size to fill before the first fork, 0 to 1.")
    var shareInUse: Double = 0.5

    @Option(help: "Share of the items that parent and child each rewrite after every fork, 0 to 1.")
    var rewriteShare: Double = 0.1

    @Option(help: "Sizes of the blocks: small, mixed, large, or a list such as 64,1024,65536.")
    var distribution: SizeDistribution = SizeDistribution("mixed")!

    @Option(help: "Seed of all that is drawn.")
    var seed: UInt64 = 1

    @Option(help: "Seconds that a child may take to answer before it is killed.")
    var childDeadline: Int = 20

    @Option(help: "Milliseconds that children live on after their last phase.")
    var hold: Int = 0

    @Option(help: "Write back the pool's file system before each fork: true or false.")
    var syncBeforeFork: Bool = false

    @Option(help: "Whether the kernel may give this process huge pages: true or false.")
    var hugePages: Bool = true

    func validate() throws {
        try OptionRange.checkShare("--share-in-use", shareInUse)
        try OptionRange.checkShare("--rewrite-share", rewriteShare)
        try OptionRange.checkCounts([("--child-deadline", childDeadline, 3600)])
        guard (0...60_000).contains(hold) else {
            throw ValidationError("--hold is \(hold); give a number from 0 to 60000")
        }
    }

    /// Bytes to fill.
    var bytes: Int { Int(Double(poolSize.bytes) * shareInUse) }

    /// What they say of the forks.
    var settings: ForkFamily.Settings {
        ForkFamily.Settings(
            rewriteShare: rewriteShare, childDeadline: UInt64(childDeadline) * 1_000_000_000,
            hold: UInt64(hold) * 1_000_000, syncBeforeFork: syncBeforeFork)
    }

    /// Applies what they say of this process. For the beginning.
    func applyToProcess() throws {
        _ = cp_die_with_parent()
        if !hugePages, cp_disable_huge_pages() != 0 { throw SystemCallError("disable huge pages") }
    }

    /// Fills a table of blocks, and notes in `workload` how that went.
    func fillBlocks(_ workload: inout RoundsWorkload<BlockTable>) throws -> BlockTable {
        var table = try BlockTable(capacity: bytes / distribution.smallest + 1)
        var time = Interval()
        let live = time.measure {
            table.fill(
                bytes: bytes, distribution: distribution, seed: seed,
                owner: Generation<BlockTable>.firstOwner)
        }
        workload.noteFill(table, live: live, of: bytes, in: time)
        return table
    }
}
