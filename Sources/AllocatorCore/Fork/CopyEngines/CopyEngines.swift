import CLinux

/// Which engine copies, and the one place where that is dispatched on.
enum CopyEngines {
    /// In reserve: the engine that the policy forces, or the first that works here, reserved.
    ///
    /// A full file system, a quota or an I/O error ends the search: the next engine would meet it too.
    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        if let forced = attempt.copyPolicy.forced {
            attempt.method = forced
            return try reserveOne(&pool, copy, &attempt)
        }
        if try works(.reflink, &pool, copy, &attempt) { return }
        if Linux.isDAX(try copy.descriptor()), try works(.pmem, &pool, copy, &attempt) { return }
        if try works(.copyFileRange, &pool, copy, &attempt) { return }
        attempt.method = .memory
        try reserveOne(&pool, copy, &attempt)
    }

    /// In prepare: copies by the engine that reserve settled on. Returns what the report calls it.
    static func copy(
        _ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) -> ForkReport.Action {
        switch attempt.method {
        case .reflink: try run(Reflink.self, pool, to: copy, &attempt)
        case .copyFileRange: try run(CopyFileRange.self, pool, to: copy, &attempt)
        case .pmem: try run(PmemCopy.self, pool, to: copy, &attempt)
        case .memory: try run(MemoryCopy.self, pool, to: copy, &attempt)
        case .mapped: try run(MappedCopy.self, pool, to: copy, &attempt)
        case .classic: try run(ClassicCopy.self, pool, to: copy, &attempt)
        }
    }

    private static func works(
        _ method: CopyMethod, _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) -> Bool {
        attempt.method = method
        do throws(SystemError) {
            try reserveOne(&pool, copy, &attempt)
            return true
        } catch {
            guard error.code == EOPNOTSUPP else { throw error }
            return false
        }
    }

    private static func reserveOne(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        switch attempt.method {
        case .reflink: try Reflink.reserve(&pool, copy, &attempt)
        case .copyFileRange: try CopyFileRange.reserve(&pool, copy, &attempt)
        case .pmem: try PmemCopy.reserve(&pool, copy, &attempt)
        case .memory: try MemoryCopy.reserve(&pool, copy, &attempt)
        case .mapped: try MappedCopy.reserve(&pool, copy, &attempt)
        case .classic: try ClassicCopy.reserve(&pool, copy, &attempt)
        }
    }

    private static func run<Engine: CopyEngine>(
        _ engine: Engine.Type, _ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) -> ForkReport.Action {
        try engine.copy(pool, to: copy, &attempt)
        return engine.action
    }
}
