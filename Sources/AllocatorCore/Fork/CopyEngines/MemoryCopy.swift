import CLinux

/// pwrite(2) from the mapping: works on every file system, and when the program has closed the pool's descriptor.
enum MemoryCopy: CopyEngine {
    static let action = ForkReport.Action.memory

    static func reserve(
        _ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt
    ) throws(SystemError) {
        try reserveBlocks(of: pool, in: copy)
    }

    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError) {
        let target = try copy.descriptor()
        try forEachRange(of: pool) { (offset, length) throws(SystemError) in
            let done = try Linux.write(pool.base + offset, length: length, to: target, offset: offset)
            attempt.report.bytesCopied &+= UInt64(truncatingIfNeeded: done)
            return done
        }
    }
}
