import Measurement

/// The measurement of a candidate, over all forks of its trials.
///
/// A limit on the longest stall applies to every fork, not only to the first, and the cost of mode 1 adds up over them. So
/// these numbers are taken over the whole trial, whereas the metrics of `forklab run` are about the first fork.
struct CandidateMeasurement: Encodable, Sendable {
    /// The candidate that was measured.
    let candidate: Candidate
    /// The number of trials that count.
    let trials: Int
    /// Nanoseconds of the longest stall in each trial; nil if no fork was timed.
    let stall: Estimate?
    /// Bytes of RAM at the peak of each trial, above the level before the first fork. On a tmpfs including its
    /// files.
    let memory: Estimate?
    /// Bytes of the file system at the peak of each trial, above the level before the first fork; at least as much as a copy
    /// needs to find free.
    let space: Estimate?
    /// Nanoseconds of the parent's first writes after the first fork; nil for programs.
    let writes: Estimate?
    /// Blocks out of 1000 that a child found half-written; nil if no thread wrote.
    let torn: Estimate?
    /// Every action that the library reported.
    let actions: [ForkAccount.Action]
    /// Everything that did not hold, in words.
    let broken: [String]
    /// Why it says nothing about the mode, in words; nil if it does.
    let obstacle: String?

    /// Memberwise initializer.
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

    /// The number that matters for `goal`.
    func value(_ goal: Limits.Goal) -> Estimate? {
        switch goal {
        case .stall: stall
        case .writes: writes
        case .memory: memory
        }
    }

    /// How much of a child's memory shows one moment, by the actions at the forks; nil if those are not known.
    var guarantee: Limits.Snapshot? {
        actions.map { action in
            // A child that copies a frozen file adds what threads wrote between freeze and fork.
            if candidate.copier == .child, actions.contains(.deferred) { return .process }
            return switch action {
            case .remap: .process
            // The pool was already private; mode 0 is not a candidate.
            case .none: .process
            case .reflink: .heap
            case .copyFileRange, .pmem, .memory, .classic: .none
            case .deferred: .process
            case .refused: .process
            }
        }.min()
    }
}
