/// VMMALLOC_FORK=3: a copy for the child, or the private remap if the copy is refused.
///
/// Each fork chooses anew, but a parent that has fallen back once stays private, because its pages are. Its later forks copy
/// on write, as in mode 1.
enum CopyOrRemap: ForkStrategy {
    /// See `ForkStrategy`.
    static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        do throws(SystemError) {
            try PoolCopy.reserveMappings(&attempt, &pool)
        } catch {
            guard (try? PrivateRemap.reserveMappings(&attempt, &pool)) != nil else { throw error }
            attempt.report.error = error.code
        }
    }

    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) {
        // reserveMappings may have decided to fall back.
        guard attempt.report.error == 0 else { return }
        do throws(SystemError) {
            try PoolCopy.reserve(&attempt, source)
        } catch {
            attempt.report.error = error.code
        }
    }

    /// See `ForkStrategy`.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        if attempt.copy != nil, pool.sharing == .shared {
            do throws(SystemError) {
                return try PoolCopy.prepare(&attempt, &pool)
            } catch {
                attempt.report.error = error.code
            }
        }
        attempt.endCopy()
        // Not earlier: it must not collide with another thread's fork that moves the twin.
        try PrivateRemap.reserveMappings(&attempt, &pool)
        try PrivateRemap.prepare(&attempt, &pool)
    }

    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {
        PoolCopy.resumeParent(&attempt, &pool)
    }

    /// See `ForkStrategy`.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        try PoolCopy.resumeChild(&attempt, &pool)
    }
}
