import CLinux

/// FICLONE: the child's file shares all blocks, the file system copies on write. XFS, btrfs, bcachefs.
///
/// One moment in time for the whole pool: the file system locks the file while it clones it. It first writes dirty
/// pages back, which takes far longer: so reserve does that before, while no lock is held. Source: ioctl_ficlone(2).
enum Reflink: CopyEngine {
    static let action = ForkReport.Action.reflink

    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        let fd = try target.descriptorToShareBlocks(of: source)
        // A clone takes no room today, but each write to it or to its source will.
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

    /// XFS can undo sharing, btrfs cannot.
    private static func checkUnsharing(_ copy: borrowing PoolFile) throws(SystemError) {
        try Linux.allocate(copy.descriptor(), mode: unsharing, offset: 0, length: Linux.pageSize)
    }

    /// What is in use gets blocks of its own; what is not belongs to the parent alone again.
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
