import CLinux

/// FICLONE: the child's file shares all blocks, the file system copies on write. XFS, btrfs, bcachefs.
///
/// One moment in time for the whole pool: the file system locks the file while it clones it. It first writes dirty
/// pages back, which takes far longer: so reserve does that before, while no lock is held. Source: ioctl_ficlone(2).
enum Reflink: CopyEngine {
    static let action = ForkReport.Action.reflink

    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        let source = try pool.sourceOfReflink(to: copy)
        // A clone takes no room today, but each write to it or to its source will.
        try checkRoom(for: pool, beside: copy)
        if attempt.copyPolicy.isStrict { try checkUnsharing(copy) }
        try? Linux.synchronize(
            source, offset: 0, length: pool.size,
            flags: CInt(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER))
    }

    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError) {
        let target = try copy.descriptor()
        try Linux.reflink(from: pool.file.descriptor(), to: target)
        let live = UInt64(truncatingIfNeeded: pool.bytesInUse)
        guard attempt.copyPolicy.isStrict else {
            attempt.report.bytesShared = live
            return
        }
        try unshare(pool, target)
        attempt.report.bytesCopied = live
    }

    // MARK: Strict space

    private static let unsharing = FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE
    private static let punching = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE

    /// XFS can undo sharing, btrfs cannot.
    private static func checkUnsharing(_ copy: PoolFile) throws(SystemError) {
        try Linux.allocate(copy.descriptor(), mode: unsharing, offset: 0, length: Linux.pageSize)
    }

    /// What is in use gets blocks of its own; what is not belongs to the parent alone again.
    private static func unshare(_ pool: Pool, _ target: CInt) throws(SystemError) {
        var offset = 0
        while offset < pool.size {
            let used = pool.nextStepsInUse(from: offset) ?? pool.size..<pool.size
            if used.lowerBound > offset {
                try Linux.allocate(target, mode: punching, offset: offset, length: used.lowerBound &- offset)
            }
            if !used.isEmpty {
                try Linux.allocate(target, mode: unsharing, offset: used.lowerBound, length: used.count)
            }
            offset = max(used.upperBound, offset &+ 1)
        }
    }
}
