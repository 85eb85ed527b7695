import Measurement
import WorkloadBase

/// What all processes of a workload know: how many forks there are, where each is noted, what is expected.
struct ForkFamily {
    /// What a workload is asked to do at its forks.
    struct Settings {
        /// Share of the items that each process rewrites, 0 to 1.
        var rewriteShare = 0.1
        /// How often the first process forks children and waits for their end.
        var rounds = 1
        /// 1 forks children, 2 makes each child fork children of its own, and so on.
        var depth = 1
        /// How many children a process has at the same time.
        var width = 1
        /// Nanoseconds that a child may take to answer.
        var childDeadline: UInt64 = 20_000_000_000
        /// Nanoseconds that children live on after their last phase, while the parent waits.
        var hold: UInt64 = 0
        /// Write back the pool's file system before each fork.
        var syncBeforeFork = false
    }

    let settings: Settings
    let pool: PoolExpectation?
    let records: RoundRecords
    /// The device that the pool's file system lies on; nil for a reference, and for one without a device.
    let device: BlockDevice?

    init(_ settings: Settings, pool: PoolExpectation?) throws {
        self.settings = settings
        self.pool = pool
        device = pool.flatMap { BlockDevice(holding: $0.directory) }
        records = try RoundRecords(
            count: settings.rounds * Self.forks(width: settings.width, depth: settings.depth))
    }

    /// Forks of one round in `depth` generations of `width` children for each process.
    static func forks(width: Int, depth: Int) -> Int {
        var forks = 0
        var siblings = 1
        for _ in 0..<depth {
            siblings *= width
            forks += siblings
        }
        return forks
    }

    /// Forks of one round whose depth is `depth` or less.
    private func forks(through depth: Int) -> Int { Self.forks(width: settings.width, depth: depth) }

    /// The place of a fork among all of them: that of child `child` of process `number` of its generation.
    func index(_ generation: GenerationPlace, child: Int) -> Int {
        let round = (generation.round - 1) * forks(through: settings.depth)
        return round + forks(through: generation.depth - 1)
            + generation.number * settings.width + child
    }

    /// Its number among the forks of its depth, from 1.
    func forkNumber(_ generation: GenerationPlace, child: Int) -> Int {
        let siblings =
            forks(through: generation.depth)
            - forks(through: generation.depth - 1)
        return (generation.round - 1) * siblings + generation.number * settings.width + child + 1
    }
}

/// Which process of a family forks.
struct GenerationPlace {
    /// Of the first process: which of its rounds, from 1.
    let round: Int
    /// 1 for the first process, 2 for its children.
    let depth: Int
    /// Its number among the processes of its depth in this round, from 0.
    let number: Int

    /// The place of its child `child`, where that forks.
    func ofChild(_ child: Int, width: Int) -> GenerationPlace {
        GenerationPlace(round: round, depth: depth + 1, number: number * width + child)
    }
}
