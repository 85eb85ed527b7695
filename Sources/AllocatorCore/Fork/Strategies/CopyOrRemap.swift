/// VMMALLOC_FORK=3: a copy for the child, and where that is refused the private remap.
///
/// The choice is made anew at each fork, but a parent that fell back once stays private: its pages already
/// are. Its later forks copy on write like those of mode 1.
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
        // That it falls back may be settled.
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
        // Not before: it must not meet another thread's fork that moves the twin.
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
