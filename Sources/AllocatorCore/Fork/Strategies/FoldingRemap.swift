/// VMMALLOC_FORK=1 with VMMALLOC_FOLD=auto: as `PrivateRemap`, but for the parent it is not for good. When no child shares the file any
/// more, what is private returns to it (`Fold.swift`), and the next fork makes private again what is shared by then.
///
/// A child shares its parent's file as long as it lives, and so do its own children. For them it is for good: a file that another
/// process maps cannot be written to.
enum FoldingRemap: ForkStrategy {
    /// See `ForkStrategy`.
    static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        guard pool.sharing != .remappedPrivate else { return }
        try PoolRemap.reserve(&pool)
    }

    /// See `ForkStrategy`.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing != .remappedPrivate else { return }
        if pool.hasSharedPart {
            try PoolRemap.perform(.untilFold, &pool)
            attempt.report.action = .remap
        }
        pool.becomeFrozen()
    }

    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) {}

    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// See `ForkStrategy`.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) {
        pool.stayPrivateForGood()
    }
}
