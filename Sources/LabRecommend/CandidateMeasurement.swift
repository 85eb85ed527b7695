import Measurement

/// What the trials of a candidate come to, over all forks of a trial.
///
/// A limit on the longest stall is about every fork, not the first alone, and what mode 1 takes adds up over them. So
/// these numbers are taken over the whole trial, where the metrics of `forklab run` speak of the first fork.
struct CandidateMeasurement: Encodable, Sendable {
    /// Which.
    let candidate: Candidate
    /// How many trials count.
    let trials: Int
    /// Nanoseconds of the longest stall in each trial; nil if no fork was timed.
    let stall: Estimate?
    /// Bytes of RAM at the peak of each trial, over what it was before the first fork. On a tmpfs with what its files
    /// take.
    let memory: Estimate?
    /// Bytes of the file system at the peak of each trial, over what it was before the first fork; at least what a copy
    /// must find free.
    let space: Estimate?
    /// Nanoseconds of the parent's first writes after the first fork; nil for programs.
    let writes: Estimate?
    /// Blocks of 1000 that a child found half written; nil where no thread wrote.
    let torn: Estimate?
    /// What the library says that it did, every kind that was seen.
    let actions: [ForkAccount.Action]
    /// What did not hold, in words.
    let broken: [String]
    /// Why it says nothing of the mode, in words; nil if it does.
    let obstacle: String?

    /// A measurement of all its parts.
    init(
        _ candidate: Candidate, trials: Int, stall: Estimate? = nil, memory: Estimate? = nil,
        space: Estimate? = nil, writes: Estimate? = nil, torn: Estimate? = nil,
        actions: [ForkAccount.Action] = [], broken: [String] = [], obstacle: String? = nil
    ) {
        self.candidate = candidate
        self.trials = trials
        self.stall = stall
        self.memory = memory
        self.space = space
        self.writes = writes
        self.torn = torn
        self.actions = actions
        self.broken = broken
        self.obstacle = obstacle
    }

    /// The number that `goal` is about.
    func value(_ goal: Limits.Goal) -> Estimate? {
        switch goal {
        case .stall: stall
        case .writes: writes
        case .memory: memory
        }
    }

    /// What of a child's memory is of one moment, by what was done at the forks; nil if that is not known.
    var guarantee: Limits.Snapshot? {
        actions.map { action in
            switch action {
            case .remap: .process
            // A pool that was private already; mode 0 is no candidate.
            case .none: .process
            case .reflink: .heap
            case .copyFileRange, .pmem, .memory, .classic: .none
            case .refused: .process
            }
        }.min()
    }
}
