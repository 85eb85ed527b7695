import CLinux

/// The straightforward way, as the original library went: all of the target is reserved and all of the pool written,
/// whatever is in use. Never chosen; kept so that measurements have something to compare with.
enum ClassicCopy: CopyEngine {
    static let action = ForkReport.Action.classic

    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        try Linux.allocate(copy.descriptor(), offset: 0, length: pool.size)
    }

    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError) {
        let target = try copy.descriptor()
        try pool.withAllReadable { () throws(SystemError) in
            var offset = 0
            while offset < pool.size {
                offset &+= try Linux.write(
                    pool.base + offset, length: pool.size &- offset, to: target, offset: offset)
            }
        }
        attempt.report.bytesCopied = UInt64(truncatingIfNeeded: pool.size)
    }
}
