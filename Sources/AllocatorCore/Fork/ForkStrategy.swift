/// One way to keep parent's and child's heap apart, in the phases of a fork.
///
/// | phase | where | may fail |
/// |---|---|---|
/// | reserveMappings | in the exported fork(2), with the heap's locks held | yes: fork returns -1, nothing has changed |
/// | reserve | there too, before any lock | yes, likewise |
/// | prepare | atfork prepare handler, all allocator locks held | only on what reserve could not foresee |
/// | resumeParent | atfork parent handler | no |
/// | resumeChild | atfork child handler, on the child's only thread | yes: the child leaves |
///
/// A strategy never allocates, in no phase and on no error path. It keeps no state of its own: what one phase
/// leaves to the next lies in `ForkAttempt`.
protocol ForkStrategy {
    /// Readies the parent's own mappings of the pool, which no other thread's fork may change meanwhile. Brief: malloc waits.
    /// On failure the heap is as before.
    static func reserveMappings(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)

    /// Gathers all else that can be refused: space, descriptors, addresses. Other threads allocate and fork meanwhile: so it
    /// has not the pool, but `source`, which is what a copy of it is made of. On failure everything is as before.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) throws(SystemError)

    /// Separates the heaps, as far as it can be done before the fork. On failure the parent's heap is as before.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)

    /// Lets the parent go on. Also called when fork(2) itself or `prepare` failed.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool)

    /// Gives the child its heap.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError)
}

/// The phases that work on the pool.
enum ForkPhase {
    case reserveMappings, prepare, resumeParent, resumeChild
}

extension ForkStrategy {
    /// Throws what the phase throws: `resumeParent` never does.
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

/// The one place where the mode decides.
extension ForkMode {
    /// Has the mode's strategy do its part in `phase`.
    func run(
        _ phase: ForkPhase, _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        switch self {
        case .disabled: try Disabled.run(phase, &attempt, &pool)
        case .privateRemap: try PrivateRemap.run(phase, &attempt, &pool)
        case .poolCopy: try PoolCopy.run(phase, &attempt, &pool)
        case .copyOrRemap: try CopyOrRemap.run(phase, &attempt, &pool)
        }
    }

    /// Has it do its part in reserve, which is the only phase without the pool.
    func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) throws(SystemError) {
        switch self {
        case .disabled: Disabled.reserve(&attempt, source)
        case .privateRemap: PrivateRemap.reserve(&attempt, source)
        case .poolCopy: try PoolCopy.reserve(&attempt, source)
        case .copyOrRemap: CopyOrRemap.reserve(&attempt, source)
        }
    }
}
