import CLinux

/// Chooses the engine and calls it. The only place with a `switch` on the method.
enum CopyEngines {
    /// In reserve: chooses the engine that the policy forces, or the first that works here, and has it reserve. `mayAllocate` is
    /// false if locks of the allocator are held; engines that load a library do not work then.
    ///
    /// Throws EOPNOTSUPP if the forced engine does not work here. ENOSPC, EDQUOT and EIO end the search, since the next engine
    /// would meet them too.
    static func reserve(
        _ source: CopySource, _ target: inout CopyTarget, mayAllocate: Bool
    ) throws(SystemError) {
        if let forced = target.policy.forced {
            guard mayAllocate || forced != .pmem else { throw SystemError(EOPNOTSUPP) }
            target.method = forced
            return try reserveOne(source, &target)
        }
        if try works(.reflink, source, &target) { return }
        if mayAllocate, Linux.isDAX(try target.file.descriptor()), try works(.pmem, source, &target) {
            return
        }
        if try works(.copyFileRange, source, &target) { return }
        target.method = .memory
        try reserveOne(source, &target)
    }

    /// Copies with the engine that reserve has chosen. Returns its name in the report. Throws as `CopyEngine.copy`.
    static func copy(
        _ source: CopySource, to target: inout CopyTarget
    ) throws(SystemError) -> ForkReport.Action {
        switch target.method {
        case .reflink: try run(Reflink.self, source, to: &target)
        case .copyFileRange: try run(CopyFileRange.self, source, to: &target)
        case .pmem: try run(PmemCopy.self, source, to: &target)
        case .memory: try run(MemoryCopy.self, source, to: &target)
        case .mapped: try run(MappedCopy.self, source, to: &target)
        case .classic: try run(ClassicCopy.self, source, to: &target)
        }
    }

    private static func works(
        _ method: CopyMethod, _ source: CopySource, _ target: inout CopyTarget
    ) throws(SystemError) -> Bool {
        target.method = method
        do throws(SystemError) {
            try reserveOne(source, &target)
            return true
        } catch {
            guard error.code == EOPNOTSUPP else { throw error }
            return false
        }
    }

    private static func reserveOne(
        _ source: CopySource, _ target: inout CopyTarget
    ) throws(SystemError) {
        switch target.method {
        case .reflink: try Reflink.reserve(source, &target)
        case .copyFileRange: try CopyFileRange.reserve(source, &target)
        case .pmem: try PmemCopy.reserve(source, &target)
        case .memory: try MemoryCopy.reserve(source, &target)
        case .mapped: try MappedCopy.reserve(source, &target)
        case .classic: try ClassicCopy.reserve(source, &target)
        }
    }

    private static func run<Engine: CopyEngine>(
        _ engine: Engine.Type, _ source: CopySource, to target: inout CopyTarget
    ) throws(SystemError) -> ForkReport.Action {
        try engine.copy(source, to: &target)
        return engine.action
    }
}
