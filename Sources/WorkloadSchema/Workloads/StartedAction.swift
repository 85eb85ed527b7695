/// What the workload `start` starts.
public enum StartedAction: String, CaseIterable, Sendable {
    /// /bin/true.
    case nothing
    /// forklab-step: malloc and free.
    case allocate
    /// forklab-step: a block that grows by realloc.
    case grow
    /// forklab-step: a thread starts and ends.
    case thread
    /// forklab-step: a fork whose child ends at once.
    case fork
}
