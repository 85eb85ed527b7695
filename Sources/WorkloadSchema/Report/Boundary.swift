/// A moment between phases at which memory and file-system use are read.
public enum Boundary: String, Codable, CaseIterable, Sendable {
    /// Before fork() is called.
    case beforeFork = "before_fork"
    /// Parent and child are running, neither has written.
    case afterFork = "after_fork"
    /// The parent has written its share.
    case afterParentWrite = "after_parent_write"
    /// The child has written its share.
    case afterChildWrite = "after_child_write"
    /// Both have freed and allocated their shares again.
    case afterReallocate = "after_reallocate"
    /// The children have lived on for as long as the workload holds them, while requests went on.
    case afterHold = "after_hold"
    /// The child is gone.
    case afterExit = "after_exit"
    /// What was private of the parent's heap has returned to the pool file, where the child was to copy.
    case afterFold = "after_fold"
    /// The highest sample from the fork until its effect was over, if the workload samples.
    case peak
}
