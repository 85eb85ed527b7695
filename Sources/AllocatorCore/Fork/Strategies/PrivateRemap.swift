/// VMMALLOC_FORK=1: before the first fork the pool becomes MAP_PRIVATE and stays so. The kernel's copy-on-write does the rest,
/// for this fork and all later ones.
enum PrivateRemap: ForkStrategy {
    /// See `ForkStrategy`.
    static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        try PoolRemap.reserve(&pool)
    }

    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) {}

    /// See `ForkStrategy`.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        try PoolRemap.perform(.forGood, &pool)
        pool.becomePrivate()
        attempt.report.action = .remap
    }

    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// See `ForkStrategy`.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}
}
