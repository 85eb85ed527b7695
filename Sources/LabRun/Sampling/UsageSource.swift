import Glibc
import WorkloadSchema

/// The data that samplers read, and the clocks that they use: `TreeUsage` reads /proc, a test can return what it likes.
protocol UsageSource: Sendable {
    /// Nanoseconds on the monotonic clock.
    var now: UInt64 { get }
    /// Nanoseconds of processor time that the calling thread has spent.
    var spent: UInt64 { get }

    /// Memory and space now: of `process`, and of all processes below it together. nil if it is gone.
    func read(_ process: pid_t, _ boundary: Boundary, fork: Int) -> WorkloadReport.Usage?

    /// Takes a glance now.
    func glance() -> TreeUsage.Glance

    /// Whether `process` has a child.
    func hasChildren(_ process: pid_t) -> Bool

    /// How many pages of `process` are in memory; 0 if unknown.
    func residentPages(_ process: pid_t) -> UInt64
}
