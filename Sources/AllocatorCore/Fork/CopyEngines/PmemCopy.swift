import CLinux

/// libpmem's non-temporal stores into the child's file, on a DAX file system: past the page cache that is not there
/// and past the processor's caches, which the parent needs. Source: pmem_memcpy(3).
enum PmemCopy: CopyEngine {
    static let action = ForkReport.Action.pmem

    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        // Loading allocates.
        guard attempt.mayAllocate else { throw SystemError(EOPNOTSUPP) }
        try reserveBlocks(of: pool, in: copy)
        attempt.persistentTarget = try PersistentMemory.load().map(copy.descriptor(), length: pool.size)
    }

    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError) {
        guard let target = attempt.persistentTarget else { throw SystemError(EOPNOTSUPP) }
        try forEachRange(of: pool) { (offset, length) in
            target.store(pool.base + offset, length: length, at: offset)
            attempt.report.bytesCopied &+= UInt64(truncatingIfNeeded: length)
            return length
        }
    }
}
