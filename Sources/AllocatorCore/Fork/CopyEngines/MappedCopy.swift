import CLinux

/// Stores to a mapping of the child's file: where this process cannot have it open.
enum MappedCopy: CopyEngine {
    static let action = ForkReport.Action.memory

    /// `UnopenedFile` has taken the blocks.
    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        guard attempt.unopened != nil else { throw SystemError(EOPNOTSUPP) }
    }

    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError) {
        guard let target = attempt.unopened else { throw SystemError(EOPNOTSUPP) }
        try forEachRange(of: pool) { (offset, length) throws(SystemError) in
            try target.store(pool.base + offset, length: length, at: offset)
            attempt.report.bytesCopied &+= UInt64(truncatingIfNeeded: length)
            return length
        }
        target.leaveToChild()
    }
}
