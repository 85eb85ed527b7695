/// The phases of a fork in their order, and what is recorded about them.
///
/// Only `reserve` may run in several threads at once. For the rest `Heap` holds the pool's lock, from prepare to resume without
/// a break. Nothing here may allocate, and nothing may trap.
public struct ForkSequence: ~Copyable {
    let mode: ForkMode
    private let copyPolicy: CopyPolicy
    /// Whether what forks make private returns to the file: VMMALLOC_FOLD.
    let folds: Bool
    /// Which side copies, in the modes that copy.
    var copier: Copier { copyPolicy.copier }
    /// The fork that is under way, from prepare to resume.
    private var attempt: ForkAttempt
    private var count: UInt64 = 0
    /// Between prepare and resume.
    private var isUnderWay = false

    /// The report of the last completed fork, for any thread.
    public let lastReport: PublishedReport

    /// What the forks of this process have done.
    public private(set) var tally = ForkTally()

    /// Forks in `mode`, with copies according to `copyPolicy`. If it `folds`, mode 1 is not for good. `memory` has room for
    /// `PublishedReport.bytesNeeded` bytes and lives until the process ends.
    public init(
        mode: ForkMode, copyPolicy: CopyPolicy, folds: Bool = false, memory: UnsafeMutableRawPointer
    ) {
        self.mode = mode
        self.copyPolicy = copyPolicy
        self.folds = folds
        attempt = ForkAttempt(mode: mode, copyPolicy: copyPolicy, folds: folds, mayAllocate: false)
        lastReport = PublishedReport(attempt.report, in: memory)
    }

    // MARK: The phases

    /// A new attempt. `mayAllocate` is true if no lock of the allocator is held.
    func begin(_ pool: borrowing Pool, mayAllocate: Bool) -> ForkAttempt {
        var attempt = ForkAttempt(
            mode: mode, copyPolicy: copyPolicy, folds: folds, mayAllocate: mayAllocate)
        attempt.report.bytesLive = UInt64(truncatingIfNeeded: pool.bytesInUse)
        attempt.report.bytesToFold = UInt64(truncatingIfNeeded: pool.bytesToFold)
        attempt.report.foldObstacle = pool.foldObstacle
        return attempt
    }

    /// The part of reserve that prepares the parent's own mappings, with the heap's locks held. If it throws, the fork is refused
    /// and the heap is as before. Throws what the mode's strategy throws.
    static func reserveMappings(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        try measureReserve(&attempt) { (attempt) throws(SystemError) in
            try attempt.report.mode.run(.reserveMappings, &attempt, &pool)
        }
    }

    /// The rest of reserve, with no lock held or with all of them. If it throws, the fork is refused and everything is as
    /// before. Throws what the mode's strategy throws.
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

    /// Records a fork that reserve refused.
    mutating func refuse(_ refused: borrowing ForkAttempt) { note(refused.report) }

    /// In the prepare handler, with all of the allocator's locks held. Never fails: an error surfaces in the child.
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
        // Even a child that leaves at once runs glibc's part first.
        if attempt.failure != nil, pool.sharing == .shared { try? ChildWrites.separate(&pool) }
        attempt.report.phases.prepare = attempt.endPhase()
    }

    /// In the parent handler. `refusal` is the kernel's error if it made no child. Returns whether the child, if there is one, has
    /// its heap.
    mutating func resumeParent(_ pool: inout Pool, kernelRefusal refusal: SystemError?) -> Bool {
        endFork()
        if let refusal { attempt.noteRefusal(refusal) }
        attempt.report.phases.fork = attempt.endPhase()
        try? mode.run(.resumeParent, &attempt, &pool)
        attempt.report.phases.resume = attempt.endPhase()
        note(attempt.report)
        return attempt.failure == nil
    }

    /// In the child handler, on the child's only thread. If it throws, the child must leave: what prepare failed with, or what
    /// mapping the copy throws.
    mutating func resumeChild(_ pool: inout Pool) throws(SystemError) {
        endFork()
        attempt.report.phases.fork = attempt.endPhase()
        if let failure = attempt.failure { throw failure }
        try mode.run(.resumeChild, &attempt, &pool)
        attempt.report.phases.resume = attempt.endPhase()
        note(attempt.report)
        // The child itself has not forked yet.
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
