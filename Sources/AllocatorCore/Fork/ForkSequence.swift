/// One fork, phase by phase: which strategy, in which order, and what is noted about it.
///
/// Not thread-safe: `Heap` queues forks and holds the pool's lock from `prepare` to resume.
public struct ForkSequence {
    let mode: ForkMode
    private let copyPolicy: CopyPolicy
    private var attempt: ForkAttempt
    private var count: UInt64 = 0
    /// When the phase that is under way began, CLOCK_MONOTONIC.
    private var phaseBegan: UInt64 = 0

    /// The report of the last fork that is complete.
    public private(set) var lastReport: ForkReport

    /// Forks in `mode`, copies by `copyPolicy`.
    public init(mode: ForkMode, copyPolicy: CopyPolicy) {
        self.mode = mode
        self.copyPolicy = copyPolicy
        attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy)
        lastReport = attempt.report
    }

    // MARK: The phases

    /// Before any lock. Throws if the fork is to be refused; then nothing has changed.
    mutating func reserve(_ pool: inout Pool) throws(SystemError) {
        phaseBegan = Linux.nanoseconds
        releaseLeftovers()
        attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy)
        count &+= 1
        attempt.report.number = count
        attempt.report.bytesLive = UInt64(truncatingIfNeeded: pool.bytesInUse)
        do throws(SystemError) {
            try dispatchReserve(&pool)
            attempt.report.phases.reserve = endPhase()
        } catch {
            attempt.report.phases.reserve = endPhase()
            noteFailure(error)
            lastReport = attempt.report
            throw error
        }
    }

    /// In the prepare handler, with the allocator quiet. Never fails: who cannot go on is the child, later.
    mutating func prepare(_ pool: inout Pool) {
        phaseBegan = Linux.nanoseconds
        if attempt.failure == nil {
            do throws(SystemError) { try dispatchPrepare(&pool) } catch { noteFailure(error) }
        }
        attempt.report.phases.prepare = endPhase()
    }

    /// In the parent handler. Also runs when the kernel refused the fork. Returns whether the child has its heap.
    mutating func resumeParent(_ pool: inout Pool) -> Bool {
        attempt.report.phases.fork = endPhase()
        dispatchResumeParent(&pool)
        attempt.report.phases.resume = endPhase()
        lastReport = attempt.report
        return attempt.failure == nil
    }

    /// In the child handler, on the child's only thread. Throws if the child must leave.
    mutating func resumeChild(_ pool: inout Pool) throws(SystemError) {
        attempt.report.phases.fork = endPhase()
        if let failure = attempt.failure { throw failure }
        try dispatchResumeChild(&pool)
        attempt.report.phases.resume = endPhase()
        lastReport = attempt.report
        count = 0
    }

    /// Whether there is anything to release: only after copies to persistent memory.
    var hasLeftovers: Bool { attempt.persistentTarget != nil }

    /// Gives back what resume could not, since that may free memory: when no lock of the allocator is held.
    mutating func releaseLeftovers() {
        attempt.persistentTarget?.unmap()
        attempt.persistentTarget = nil
    }

    /// The time since the last phase ended, or began.
    private mutating func endPhase() -> UInt64 {
        let now = Linux.nanoseconds
        defer { phaseBegan = now }
        return now &- phaseBegan
    }

    private mutating func noteFailure(_ error: SystemError) {
        attempt.failure = error
        attempt.report.action = .refused
        attempt.report.error = error.code
    }

    // MARK: The one place where the mode decides

    private mutating func dispatchReserve(_ pool: inout Pool) throws(SystemError) {
        switch mode {
        case .disabled: Disabled.reserve(&attempt, &pool)
        case .privateRemap: try PrivateRemap.reserve(&attempt, &pool)
        case .poolCopy: try PoolCopy.reserve(&attempt, &pool)
        case .copyOrRemap: try CopyOrRemap.reserve(&attempt, &pool)
        }
    }

    private mutating func dispatchPrepare(_ pool: inout Pool) throws(SystemError) {
        switch mode {
        case .disabled: Disabled.prepare(&attempt, &pool)
        case .privateRemap: try PrivateRemap.prepare(&attempt, &pool)
        case .poolCopy: try PoolCopy.prepare(&attempt, &pool)
        case .copyOrRemap: try CopyOrRemap.prepare(&attempt, &pool)
        }
    }

    private mutating func dispatchResumeParent(_ pool: inout Pool) {
        switch mode {
        case .disabled: Disabled.resumeParent(&attempt, &pool)
        case .privateRemap: PrivateRemap.resumeParent(&attempt, &pool)
        case .poolCopy: PoolCopy.resumeParent(&attempt, &pool)
        case .copyOrRemap: CopyOrRemap.resumeParent(&attempt, &pool)
        }
    }

    private mutating func dispatchResumeChild(_ pool: inout Pool) throws(SystemError) {
        switch mode {
        case .disabled: Disabled.resumeChild(&attempt, &pool)
        case .privateRemap: PrivateRemap.resumeChild(&attempt, &pool)
        case .poolCopy: try PoolCopy.resumeChild(&attempt, &pool)
        case .copyOrRemap: try CopyOrRemap.resumeChild(&attempt, &pool)
        }
    }
}
