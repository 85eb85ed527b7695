/// One fork, phase by phase: which strategy, in which order, and what is noted about it.
///
/// Not thread-safe but for `reserve`: `Heap` holds the pool's lock from `prepare` to resume.
public struct ForkSequence: ~Copyable {
    let mode: ForkMode
    private let copyPolicy: CopyPolicy
    /// From prepare to resume: the fork that is under way.
    private var attempt: ForkAttempt
    private var count: UInt64 = 0
    /// Between prepare and resume.
    private var isUnderWay = false

    /// The report of the last fork that is complete, for any thread.
    public let lastReport: PublishedReport

    /// What all of them did.
    public private(set) var tally = ForkTally()

    /// Forks in `mode`, copies by `copyPolicy`. `memory` has room for `PublishedReport.bytesNeeded` and lives on.
    public init(mode: ForkMode, copyPolicy: CopyPolicy, memory: UnsafeMutableRawPointer) {
        self.mode = mode
        self.copyPolicy = copyPolicy
        attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy, mayAllocate: false)
        lastReport = PublishedReport(attempt.report, in: memory)
    }

    // MARK: The phases

    /// A new attempt. `mayAllocate` says whether it is made before any lock of the allocator is taken.
    func begin(_ pool: borrowing Pool, mayAllocate: Bool) -> ForkAttempt {
        var attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy, mayAllocate: mayAllocate)
        attempt.report.bytesLive = UInt64(truncatingIfNeeded: pool.bytesInUse)
        return attempt
    }

    /// The part of reserve that readies the parent's own mappings, with the heap's locks held. Throws if the fork is to be
    /// refused; then nothing has changed.
    static func reserveMappings(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        try measureReserve(&attempt) { (attempt) throws(SystemError) in
            try attempt.report.mode.run(.reserveMappings, &attempt, &pool)
        }
    }

    /// Gathers the rest of what the fork needs. Throws if the fork is to be refused; then nothing has changed.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) throws(SystemError) {
        try measureReserve(&attempt) { (attempt) throws(SystemError) in
            try attempt.report.mode.reserve(&attempt, source)
        }
    }

    private static func measureReserve(
        _ attempt: inout ForkAttempt, _ part: (inout ForkAttempt) throws(SystemError) -> Void
    ) throws(SystemError) {
        do throws(SystemError) {
            try part(&attempt)
            attempt.report.phases.reserve &+= attempt.endPhase()
        } catch {
            attempt.report.phases.reserve &+= attempt.endPhase()
            attempt.noteFailure(error)
            throw error
        }
    }

    /// Notes a fork that reserve refused.
    mutating func refuse(_ refused: borrowing ForkAttempt) { note(refused.report) }

    /// In the prepare handler, with the allocator quiet. Never fails: failure surfaces in the child.
    mutating func prepare(_ reserved: consuming ForkAttempt, _ pool: inout Pool) {
        invariant(!isUnderWay, "a fork begins while another is under way")
        isUnderWay = true
        attempt = reserved
        attempt.beginPhase()
        if attempt.failure == nil {
            do throws(SystemError) {
                try mode.run(.prepare, &attempt, &pool)
            } catch {
                attempt.noteFailure(error)
            }
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
        try? mode.run(.resumeParent, &attempt, &pool)
        attempt.report.phases.resume = attempt.endPhase()
        note(attempt.report)
        return attempt.failure == nil
    }

    /// In the child handler, on the child's only thread. Throws if the child must leave.
    mutating func resumeChild(_ pool: inout Pool) throws(SystemError) {
        endFork()
        attempt.report.phases.fork = attempt.endPhase()
        if let failure = attempt.failure { throw failure }
        try mode.run(.resumeChild, &attempt, &pool)
        attempt.report.phases.resume = attempt.endPhase()
        note(attempt.report)
        // The fork that made it is no fork of its own.
        count = 0
        tally = ForkTally()
    }

    private mutating func endFork() {
        invariant(isUnderWay, "a fork ends that was not prepared")
        isUnderWay = false
    }

    private mutating func note(_ report: ForkReport) {
        count &+= 1
        var report = report
        report.number = count
        lastReport.publish(report)
        tally.note(report)
        DebugLog.note(
            report.error == 0 ? .operations : .errors,
            """
            fork \(count) in mode \(CInt(report.mode.rawValue)): \(report.action.name), error \(report.error), \
            \(report.bytesLive) bytes live, \(report.bytesCopied) copied, \(report.bytesShared) shared
            """)
    }
}
