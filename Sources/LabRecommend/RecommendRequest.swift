import LabBase

/// A user's request to `forklab recommend`.
package struct RecommendRequest {
    /// The directory for pools, as it was given.
    var directory: String
    /// The workload to measure with, with the size of its pool.
    var workload: ForkingWorkload
    /// The user's limits, to which those of the machine are added.
    var limits: Limits
    /// How long the measurement may take.
    var timeBudget: Duration
    /// The user's command, as a shell has split it; empty if there is none.
    var command: [String]

    /// Memberwise initializer.
    package init(
        directory: String, workload: ForkingWorkload, limits: Limits, timeBudget: Duration, command: [String]
    ) {
        self.directory = directory
        self.workload = workload
        self.limits = limits
        self.timeBudget = timeBudget
        self.command = command
    }
}
