/// One way to keep parent's and child's heap apart, in the phases of a fork.
///
/// | phase | where | may fail |
/// |---|---|---|
/// | reserve | before any lock, in the exported fork(2) | yes: fork returns -1, nothing has changed |
/// | prepare | atfork prepare handler, all allocator locks held | only on what reserve could not foresee |
/// | resumeParent | atfork parent handler | no |
/// | resumeChild | atfork child handler, on the child's only thread | yes: the child leaves |
///
/// A strategy never allocates, in no phase and on no error path. It keeps no state of its own: what one phase
/// leaves to the next lies in `ForkAttempt`.
public protocol ForkStrategy {
    /// Gathers all that can be refused: space, descriptors, addresses. On failure everything is as before.
    static func reserve(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)

    /// Separates the heaps, as far as it can be done before the fork. On failure the parent's heap is as before.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)

    /// Lets the parent go on. Also called when fork(2) itself or `prepare` failed.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool)

    /// Gives the child its heap.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)
}

/// What the phases of one fork hand on to each other.
///
/// Until prepare it belongs to the thread that forks: several may reserve at once. From prepare on, when the
/// allocator's locks keep all others out, it is the heap's.
public struct ForkAttempt {
    /// What happened so far.
    public var report: ForkReport
    /// Whether reserve runs before any lock of the allocator is taken, so that it may allocate.
    let mayAllocate: Bool
    /// When the phase that is under way began, CLOCK_MONOTONIC.
    private var phaseBegan = Linux.nanoseconds
    /// What the user asks of a copy.
    let copyPolicy: CopyPolicy
    /// The child's pool file in the making.
    var copy: PoolFile?
    /// How it is made.
    var method = CopyMethod.memory
    /// The child's pool file in the making, mapped as persistent memory.
    var persistentTarget: PersistentMapping?
    /// Why the child cannot have its heap: it leaves, the parent lives.
    var failure: SystemError?

    /// The start of a fork in `mode`, in the first of its phases.
    init(mode: ForkMode, copyPolicy: CopyPolicy, mayAllocate: Bool) {
        report = ForkReport(mode: mode)
        self.copyPolicy = copyPolicy
        self.mayAllocate = mayAllocate
    }

    /// Begins to measure a phase that does not follow the last one at once.
    mutating func beginPhase() { phaseBegan = Linux.nanoseconds }

    /// The time since the last phase ended, or began.
    mutating func endPhase() -> UInt64 {
        let now = Linux.nanoseconds
        defer { phaseBegan = now }
        return now &- phaseBegan
    }

    /// In the child of another fork, made while this one was under way: the file is for the parent's child.
    public mutating func leaveToParent() {
        persistentTarget = nil
        copy?.close()
        copy = nil
    }

    /// Notes that the child cannot have its heap.
    mutating func noteFailure(_ error: SystemError) {
        failure = error
        noteRefusal(error)
    }

    /// Notes that there is no child.
    mutating func noteRefusal(_ error: SystemError) {
        report.action = .refused
        report.error = error.code
    }
}
