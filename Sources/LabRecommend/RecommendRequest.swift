import LabBase

/// What a user asks of `forklab recommend`.
package struct RecommendRequest {
    /// The directory for pools, as it was given.
    var directory: String
    /// What to measure with, with the size of its pool.
    var workload: ForkingWorkload
    /// The limits that the user gave; what the machine allows is added to them.
    var limits: Limits
    /// How long it may take.
    var timeBudget: TimeSpan
    /// The user's command, as a shell has split it; empty if there is none.
    var command: [String]

    /// A request of all its parts.
    package init(
        directory: String, workload: ForkingWorkload, limits: Limits, timeBudget: TimeSpan, command: [String]
    ) {
        self.directory = directory
        self.workload = workload
        self.limits = limits
        self.timeBudget = timeBudget
        self.command = command
    }
}
