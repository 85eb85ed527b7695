/// One way of keeping the heaps of parent and child apart, in the phases of a fork.
///
/// | phase | where | may fail |
/// |---|---|---|
/// | reserveMappings | in the exported fork(2), with the heap's locks held | yes: fork returns -1, nothing has changed |
/// | reserve | the same, but with no lock held | yes, likewise |
/// | prepare | atfork prepare handler, all allocator locks held | only on what reserve could not foresee |
/// | resumeParent | atfork parent handler | no |
/// | resumeChild | atfork child handler, on the child's only thread | yes: the child leaves |
///
/// A strategy never allocates, in any phase or on any error path: it runs under the allocator's locks. It has no state of its
/// own; one phase passes things on to the next in `ForkAttempt`. All errors are those of the system calls it makes.
protocol ForkStrategy {
    /// Prepares the parent's own mappings of the pool, which no other thread's fork may change meanwhile. Must be brief, since
    /// malloc waits. If it throws, the heap is as before.
    static func reserveMappings(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)

    /// Obtains everything else that can be refused: space, descriptors, addresses. Other threads allocate and fork meanwhile, so
    /// it does not get the pool, but `source`, which has what a copy needs. May only allocate if the attempt says so. If it
    /// throws, everything is as before.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) throws(SystemError)

    /// Separates the heaps, as far as that is possible before the fork. Other threads still write to their blocks. If it throws,
    /// the parent's heap is as before, and the child will leave.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)

    /// Cleans up in the parent. Also called if fork(2) itself or `prepare` has failed.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool)

    /// Gives the child its heap. If it throws, the child must leave.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)
}

/// The phases that work on the pool.
enum ForkPhase {
    case reserveMappings, prepare, resumeParent, resumeChild
}

extension ForkStrategy {
    /// Throws what the phase throws; `resumeParent` never does.
    fileprivate static func run(
        _ phase: ForkPhase, _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        switch phase {
        case .reserveMappings: try reserveMappings(&attempt, &pool)
        case .prepare: try prepare(&attempt, &pool)
        case .resumeParent: resumeParent(&attempt, &pool)
        case .resumeChild: try resumeChild(&attempt, &pool)
        }
    }
}

/// The one place where the mode, who copies and whether it folds decide.
extension ForkMode {
    /// Runs `phase` of the mode's strategy.
    func run(
        _ phase: ForkPhase, _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        // Only in the modes that copy.
        if attempt.report.copier == .child { return try DeferredCopy.run(phase, &attempt, &pool) }
        switch self {
        case .disabled: try Disabled.run(phase, &attempt, &pool)
        case .privateRemap where attempt.folds: try FoldingRemap.run(phase, &attempt, &pool)
        case .privateRemap: try PrivateRemap.run(phase, &attempt, &pool)
        case .poolCopy: try PoolCopy.run(phase, &attempt, &pool)
        case .copyOrRemap: try CopyOrRemap.run(phase, &attempt, &pool)
        }
    }

    /// Runs its reserve, the only phase without the pool.
    func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) throws(SystemError) {
        if attempt.report.copier == .child { return DeferredCopy.reserve(&attempt, source) }
        switch self {
        case .disabled: Disabled.reserve(&attempt, source)
        case .privateRemap where attempt.folds: FoldingRemap.reserve(&attempt, source)
        case .privateRemap: PrivateRemap.reserve(&attempt, source)
        case .poolCopy: try PoolCopy.reserve(&attempt, source)
        case .copyOrRemap: CopyOrRemap.reserve(&attempt, source)
        }
    }
}
