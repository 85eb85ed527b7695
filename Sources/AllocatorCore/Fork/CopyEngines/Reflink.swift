import CLinux

/// FICLONE: the child's file shares all blocks, and the file system copies on write. XFS, btrfs, bcachefs.
///
/// The whole pool is copied at one moment in time, since the file system locks the file while it clones it. It writes dirty
/// pages back first, which takes far longer. So reserve has that done while no lock is held. Source: ioctl_ficlone(2).
enum Reflink: CopyEngine {
    static let action = ForkReport.Action.reflink

    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        let fd = try target.descriptorToShareBlocks(of: source)
        // A clone takes no room now, but each later write to it or to its source does.
        try source.checkRoom(beside: target.file)
        if target.policy.isStrict { try checkUnsharing(target.file) }
        try? Linux.synchronize(
            fd, offset: 0, length: source.size,
            flags: CInt(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER))
    }

    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError) {
        let fd = try target.file.descriptor()
        try Linux.reflink(from: source.file.descriptor(), to: fd)
        let live = UInt64(truncatingIfNeeded: source.bytesInUse)
        guard target.policy.isStrict else {
            target.bytesShared = live
            return
        }
        try unshare(source, fd)
        target.bytesCopied = live
    }

    // MARK: Strict space

    private static let unsharing = FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE
    private static let punching = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE

    /// Throws EOPNOTSUPP if the file system cannot undo sharing. XFS can, btrfs cannot.
    private static func checkUnsharing(_ copy: borrowing PoolFile) throws(SystemError) {
        try Linux.allocate(copy.descriptor(), mode: unsharing, offset: 0, length: Linux.pageSize)
    }

    /// Gives the ranges in use their own blocks, and leaves the rest to the parent. Throws ENOSPC, EDQUOT or EIO.
    private static func unshare(_ source: CopySource, _ target: CInt) throws(SystemError) {
        var offset = 0
        while offset < source.size {
            let used = source.nextStepsInUse(from: offset) ?? source.size..<source.size
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
