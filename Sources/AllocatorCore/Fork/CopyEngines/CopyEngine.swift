import CLinux

/// A way to bring the pool's bytes into the child's file. Never allocates.
protocol CopyEngine {
    /// What the report calls it.
    static var action: ForkReport.Action { get }

    /// Copies the extents in use of `pool` to `copy`, an empty file of the same size, and counts in `report`.
    ///
    /// Throws EOPNOTSUPP where this file system lacks the engine or the source's descriptor is lost.
    static func copy(_ pool: Pool, to copy: PoolFile, _ report: inout ForkReport) throws(SystemError)
}

/// The order of the engines, and what they share.
enum CopyEngines {
    /// Ranges closer than this are copied as one: many small calls cost more than the bytes between.
    static let mergedGap = 1 << 20

    /// Copies by the first engine that works here. Space, quota and I/O errors end it: they would meet the next
    /// engine as well.
    static func copyPool(
        _ pool: Pool, to copy: PoolFile, _ report: inout ForkReport
    ) throws(SystemError) -> ForkReport.Action {
        if try attempt(Reflink.self, pool, to: copy, &report) { return Reflink.action }
        if try attempt(CopyFileRange.self, pool, to: copy, &report) { return CopyFileRange.action }
        try MemoryCopy.copy(pool, to: copy, &report)
        return MemoryCopy.action
    }

    private static func attempt<Engine: CopyEngine>(
        _ engine: Engine.Type, _ pool: Pool, to copy: PoolFile, _ report: inout ForkReport
    ) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try engine.copy(pool, to: copy, &report)
            return true
        } catch {
            guard isMissingCapability(error) else { throw error }
            return false
        }
    }

    /// What file systems say where they cannot do a thing, as opposed to could not do it now.
    private static func isMissingCapability(_ error: SystemError) -> Bool {
        switch error.code {
        case EOPNOTSUPP, ENOTTY, EINVAL, EXDEV, ENOSYS: true
        default: false
        }
    }

    /// Calls `part` for the ranges in use until each is done; `part` returns the bytes that it managed.
    static func forEachRange(
        of pool: Pool, _ report: inout ForkReport,
        _ part: (_ offset: Int, _ length: Int) throws(SystemError) -> Int
    ) throws(SystemError) {
        var offset = 0
        while let range = pool.nextStepsInUse(from: offset, gap: mergedGap) {
            offset = range.lowerBound
            while offset < range.upperBound {
                let done = try part(offset, range.upperBound &- offset)
                guard done > 0 else { throw SystemError(EIO) }
                offset &+= done
                report.bytesCopied &+= UInt64(truncatingIfNeeded: done)
            }
        }
    }
}
