/// What the phases of one fork pass on to each other.
///
/// Until prepare it belongs to the thread that forks; several threads may reserve at once. From prepare on it belongs to the
/// heap, and the allocator's locks keep other threads out. It lies on the stack of the forking thread, so it must stay small.
public struct ForkAttempt: ~Copyable {
    /// What has happened so far.
    public var report: ForkReport
    /// Whether reserve runs before any lock of the allocator is taken, so that it may allocate.
    let mayAllocate: Bool
    /// Whether what it makes private is to return to the file.
    let folds: Bool
    /// When the current phase began, CLOCK_MONOTONIC in nanoseconds.
    private var phaseBegan = KernelClock.nanoseconds
    /// What the user wants from a copy.
    var copyPolicy: CopyPolicy
    /// The child's pool file while it is being made; nil if there is none.
    var copy: CopyTarget?
    /// Why the child cannot have its heap. The child leaves then; the parent goes on.
    var failure: SystemError?

    /// A fork in `mode`, at the beginning of its first phase.
    init(mode: ForkMode, copyPolicy: CopyPolicy, folds: Bool = false, mayAllocate: Bool) {
        report = ForkReport(mode: mode)
        report.copier = mode.copies ? copyPolicy.copier : .parent
        self.copyPolicy = copyPolicy
        self.folds = folds
        self.mayAllocate = mayAllocate
    }

    /// Starts measuring a phase that does not directly follow the last one.
    mutating func beginPhase() { phaseBegan = KernelClock.nanoseconds }

    /// Ends the current phase, and starts measuring the next. Returns how long it took, in nanoseconds.
    mutating func endPhase() -> UInt64 {
        let now = KernelClock.nanoseconds
        defer { phaseBegan = now }
        return now &- phaseBegan
    }

    /// In the child of another fork that was made while this one was under way: drops the reserved copy, which belongs to the
    /// parent's fork. Must not allocate; async-signal-safe.
    public consuming func leaveToParent() { copy.take()?.leaveToParent() }

    /// In the parent: gives up the copy, because the child has it by now, or because there will be no child with one.
    mutating func endCopy() { copy = nil }

    /// Records how far the copy has got.
    mutating func noteCopied(_ copy: borrowing CopyTarget) {
        report.bytesCopied = copy.bytesCopied
        report.bytesShared = copy.bytesShared
    }

    /// Records that the child cannot have its heap.
    mutating func noteFailure(_ error: SystemError) {
        failure = error
        noteRefusal(error)
    }

    /// Records that there is no child.
    mutating func noteRefusal(_ error: SystemError) {
        report.action = .refused
        report.error = error.code
    }
}
