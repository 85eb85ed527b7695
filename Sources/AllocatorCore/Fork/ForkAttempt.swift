/// What the phases of one fork hand on to each other.
///
/// Until prepare it belongs to the thread that forks: several may reserve at once. From prepare on, when the
/// allocator's locks keep all others out, it is the heap's.
public struct ForkAttempt: ~Copyable {
    /// What happened so far.
    public var report: ForkReport
    /// Whether reserve runs before any lock of the allocator is taken, so that it may allocate.
    let mayAllocate: Bool
    /// When the phase that is under way began, CLOCK_MONOTONIC.
    private var phaseBegan = Linux.nanoseconds
    /// What the user asks of a copy.
    let copyPolicy: CopyPolicy
    /// The child's pool file in the making.
    var copy: CopyTarget?
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

    /// In the child of another fork, made while this one was under way: drops the reserved copy, which belongs to the
    /// parent's fork.
    public consuming func leaveToParent() { copy.take()?.leaveToParent() }

    /// In the parent: the child, if there is one, has the copy open by now, or there is to be none.
    mutating func endCopy() { copy = nil }

    /// Notes how far the copy has come.
    mutating func noteCopied(_ copy: borrowing CopyTarget) {
        report.bytesCopied = copy.bytesCopied
        report.bytesShared = copy.bytesShared
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
