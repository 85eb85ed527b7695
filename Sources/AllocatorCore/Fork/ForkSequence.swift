/// One fork, phase by phase: which strategy, in which order, and what is noted about it.
///
/// Not thread-safe but for `reserve`: `Heap` holds the pool's lock from `prepare` to resume.
public struct ForkSequence {
    let mode: ForkMode
    private let copyPolicy: CopyPolicy
    /// From prepare to resume: the fork that is under way.
    private var attempt: ForkAttempt
    private var count: UInt64 = 0
    /// Between prepare and resume.
    private var isUnderWay = false

    /// The report of the last fork that is complete.
    public private(set) var lastReport: ForkReport

    /// What all of them did.
    public private(set) var tally = ForkTally()

    /// Forks in `mode`, copies by `copyPolicy`.
    public init(mode: ForkMode, copyPolicy: CopyPolicy) {
        self.mode = mode
        self.copyPolicy = copyPolicy
        attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy, mayAllocate: false)
        lastReport = attempt.report
    }

    // MARK: The phases

    /// A new attempt. `mayAllocate` says whether it is made before any lock of the allocator is taken.
    func begin(_ pool: Pool, mayAllocate: Bool) -> ForkAttempt {
        var attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy, mayAllocate: mayAllocate)
        attempt.report.bytesLive = UInt64(truncatingIfNeeded: pool.bytesInUse)
        return attempt
    }

    /// Gathers what the fork needs. Throws if it is to be refused; then nothing has changed.
    static func reserve(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        do throws(SystemError) {
            try dispatchReserve(&attempt, &pool)
            attempt.report.phases.reserve = attempt.endPhase()
        } catch {
            attempt.report.phases.reserve = attempt.endPhase()
            attempt.noteFailure(error)
            throw error
        }
    }

    /// Notes a fork that reserve refused.
    mutating func refuse(_ refused: ForkAttempt) { note(refused) }

    /// In the prepare handler, with the allocator quiet. Never fails: who cannot go on is the child, later.
    mutating func prepare(_ reserved: ForkAttempt, _ pool: inout Pool) {
        invariant(!isUnderWay, "a fork begins while another is under way")
        isUnderWay = true
        attempt = reserved
        attempt.beginPhase()
        if attempt.failure == nil {
            do throws(SystemError) { try dispatchPrepare(&pool) } catch { attempt.noteFailure(error) }
        }
        // A child that leaves is alive until then, too.
        if attempt.failure != nil, pool.sharing == .shared { try? ChildWrites.separate(&pool) }
        attempt.report.phases.prepare = attempt.endPhase()
    }

    /// In the parent handler, also where the kernel refused the fork, with `refusal`. Returns whether the child, if there
    /// is one, has its heap.
    mutating func resumeParent(_ pool: inout Pool, kernelRefusal refusal: SystemError?) -> Bool {
        endFork()
        if let refusal { attempt.noteRefusal(refusal) }
        attempt.report.phases.fork = attempt.endPhase()
        dispatchResumeParent(&pool)
        attempt.report.phases.resume = attempt.endPhase()
        note(attempt)
        return attempt.failure == nil
    }

    /// In the child handler, on the child's only thread. Throws if the child must leave.
    mutating func resumeChild(_ pool: inout Pool) throws(SystemError) {
        endFork()
        attempt.report.phases.fork = attempt.endPhase()
        if let failure = attempt.failure { throw failure }
        try dispatchResumeChild(&pool)
        attempt.report.phases.resume = attempt.endPhase()
        note(attempt)
        // The fork that made it is no fork of its own.
        count = 0
        tally = ForkTally()
    }

    private mutating func endFork() {
        invariant(isUnderWay, "a fork ends that was not prepared")
        isUnderWay = false
    }

    private mutating func note(_ attempt: ForkAttempt) {
        count &+= 1
        lastReport = attempt.report
        lastReport.number = count
        tally.note(lastReport)
        DebugLog.note(
            attempt.report.error == 0 ? .operations : .errors,
            """
            fork \(count) in mode \(CInt(lastReport.mode.rawValue)): \(lastReport.action.name), error \
            \(lastReport.error), \(lastReport.bytesLive) bytes live, \(lastReport.bytesCopied) copied, \
            \(lastReport.bytesShared) shared
            """)
    }

    // MARK: The one place where the mode decides

    private static func dispatchReserve(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        switch attempt.report.mode {
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
