import Measurement
import WorkloadBase

/// What all processes of a workload know: the number of forks, the place of each one's record, and the expectations.
struct ForkFamily {
    /// The settings for the forks of a workload.
    struct Settings {
        /// Share of the items that each process rewrites, 0 to 1.
        var rewriteShare = 0.1
        /// How many times the first process forks children and waits for their end.
        var rounds = 1
        /// With 1 children are forked, with 2 each child forks its own children, and so on.
        var depth = 1
        /// The number of children that a process has at the same time.
        var width = 1
        /// Nanoseconds that a child may take to answer.
        var childDeadline: UInt64 = 20_000_000_000
        /// Nanoseconds that children live on after their last phase, while the parent waits.
        var hold: UInt64 = 0
        /// Write back the pool's file system before each fork.
        var syncBeforeFork = false
        /// Whether the parent writes as soon as its last fork() has returned, rather than when all children run.
        var writesAtOnce = false
        /// Whether the first process calls vmmalloc_fold() when the children of a round are gone, if they were to copy.
        var foldsAfterwards = false
    }

    let settings: Settings
    let pool: PoolExpectation?
    let records: RoundRecords
    /// The device of the pool's file system; nil for a reference, and for a file system without a device.
    let device: BlockDevice?

    init(_ settings: Settings, pool: PoolExpectation?) throws {
        self.settings = settings
        self.pool = pool
        device = pool.flatMap { BlockDevice(holding: $0.directory) }
        records = try RoundRecords(
            count: settings.rounds * Self.forks(width: settings.width, depth: settings.depth))
    }

    /// The number of forks in one round with `depth` generations of `width` children for each process.
    static func forks(width: Int, depth: Int) -> Int {
        var forks = 0
        var siblings = 1
        for _ in 0..<depth {
            siblings *= width
            forks += siblings
        }
        return forks
    }

    /// The number of forks in one round whose depth is at most `depth`.
    private func forks(through depth: Int) -> Int { Self.forks(width: settings.width, depth: depth) }

    /// The index among all forks of the one that makes child `child` in `generation`.
    func index(_ generation: GenerationPlace, child: Int) -> Int {
        let round = (generation.round - 1) * forks(through: settings.depth)
        return round + forks(through: generation.depth - 1)
            + generation.number * settings.width + child
    }

    /// The number of that fork among those of its depth, from 1.
    func forkNumber(_ generation: GenerationPlace, child: Int) -> Int {
        let siblings =
            forks(through: generation.depth)
            - forks(through: generation.depth - 1)
        return (generation.round - 1) * siblings + generation.number * settings.width + child + 1
    }
}

/// The place of a forking process in its family.
struct GenerationPlace {
    /// The round of the first process, from 1.
    let round: Int
    /// 1 for the first process, 2 for its children.
    let depth: Int
    /// The process's number among those of its depth in this round, from 0.
    let number: Int

    /// The place of the process's child `child`, if that forks.
    func ofChild(_ child: Int, width: Int) -> GenerationPlace {
        GenerationPlace(round: round, depth: depth + 1, number: number * width + child)
    }
}
