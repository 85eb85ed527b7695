import CLinux

/// FICLONE: the child's file shares all blocks, the file system copies on write. XFS, btrfs, bcachefs.
///
/// One moment in time for the whole pool: the file system locks the file while it clones it.
/// Source: ioctl_ficlone(2).
enum Reflink: CopyEngine {
    static let action = ForkReport.Action.reflink

    static func copy(_ pool: Pool, to copy: PoolFile, _ report: inout ForkReport) throws(SystemError) {
        guard let source = pool.file.verified else { throw SystemError(EOPNOTSUPP) }
        try Linux.reflink(from: source, to: copy.descriptor())
        report.bytesShared = UInt64(truncatingIfNeeded: pool.bytesInUse)
    }
}
