import CLinux

/// copy_file_range(2): the kernel copies the ranges in use, without a detour through this process. On XFS and
/// btrfs the kernel reflinks them instead.
enum CopyFileRange: CopyEngine {
    static let action = ForkReport.Action.copyFileRange

    static func copy(_ pool: Pool, to copy: PoolFile, _ report: inout ForkReport) throws(SystemError) {
        guard let source = pool.file.verified else { throw SystemError(EOPNOTSUPP) }
        let target = try copy.descriptor()
        try CopyEngines.forEachRange(of: pool, &report) { (offset, length) throws(SystemError) in
            try Linux.copyRange(from: source, to: target, offset: offset, length: length)
        }
    }
}
