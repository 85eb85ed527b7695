import CLinux

/// copy_file_range(2): the kernel copies the ranges in use, without a detour through this process. On XFS and
/// btrfs it reflinks them instead, and the report says that they are shared.
enum CopyFileRange: CopyEngine {
    static let action = ForkReport.Action.copyFileRange

    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        _ = try? pool.sourceOfReflink(to: copy)
        guard let source = pool.file.verified else { throw SystemError(EOPNOTSUPP) }
        try checkCall(from: source, to: copy.descriptor())
        if pool.canReflink == true {
            // It would share blocks: that breaks the strict promise.
            guard !attempt.copyPolicy.isStrict else { throw SystemError(EOPNOTSUPP) }
            try checkRoom(for: pool, beside: copy)
        } else {
            try reserveBlocks(of: pool, in: copy)
        }
    }

    /// In prepare it would be too late for another engine.
    private static func checkCall(from source: CInt, to target: CInt) throws(SystemError) {
        do throws(SystemError) {
            _ = try Linux.copyRange(from: source, to: target, offset: 0, length: 0)
        } catch {
            throw error.isMissingCapability ? SystemError(EOPNOTSUPP) : error
        }
    }

    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError) {
        let source = try pool.file.descriptor()
        let target = try copy.descriptor()
        let shares = pool.canReflink == true
        try forEachRange(of: pool) { (offset, length) throws(SystemError) in
            let done = try Linux.copyRange(from: source, to: target, offset: offset, length: length)
            let bytes = UInt64(truncatingIfNeeded: done)
            if shares { attempt.report.bytesShared &+= bytes } else { attempt.report.bytesCopied &+= bytes }
            return done
        }
    }
}
