/// What a user asks of `forklab recommend`.
public struct RecommendRequest: Sendable {
    /// The directory for pools, as it was given.
    public var directory: String
    /// What to measure with, with the size of its pool.
    public var workload: ForkingWorkload
    /// The limits that the user gave; what the machine allows is added to them.
    public var limits: Limits
    /// How long it may take.
    public var timeBudget: TimeSpan
    /// The user's command, as a shell has split it; empty if there is none.
    public var command: [String]

    /// A request of all its parts.
    public init(
        directory: String, workload: ForkingWorkload, limits: Limits, timeBudget: TimeSpan, command: [String]
    ) {
        self.directory = directory
        self.workload = workload
        self.limits = limits
        self.timeBudget = timeBudget
        self.command = command
    }
}
