import CLinux

/// A way to bring the pool's bytes into the child's file. Never allocates while it copies.
protocol CopyEngine {
    /// What the report calls it.
    static var action: ForkReport.Action { get }

    /// In reserve: takes what the copy will need, the blocks of the file system above all, so that only an I/O error
    /// can end it. Throws EOPNOTSUPP where this engine does not work here.
    static func reserve(_ pool: inout Pool, _ copy: PoolFile, _ attempt: inout ForkAttempt)
        throws(SystemError)

    /// In prepare: copies the extents in use to `copy`, an empty file of the pool's size, and counts in the report.
    static func copy(_ pool: Pool, to copy: PoolFile, _ attempt: inout ForkAttempt) throws(SystemError)
}

extension CopyEngine {
    /// Ranges closer than this are copied as one: many small calls cost more than the bytes between.
    static var mergedGap: Int { 1 << 20 }

    /// Calls `part` for the ranges in use until each is done; `part` returns the bytes that it managed.
    static func forEachRange(
        of pool: Pool, _ part: (_ offset: Int, _ length: Int) throws(SystemError) -> Int
    ) throws(SystemError) {
        var offset = 0
        while let range = pool.nextStepsInUse(from: offset, gap: mergedGap) {
            offset = range.lowerBound
            while offset < range.upperBound {
                let done = try part(offset, range.upperBound &- offset)
                guard done > 0 else { throw SystemError(EIO) }
                offset &+= done
            }
        }
    }

    /// Throws ENOSPC unless the file system has as much free space as the pool has bytes in use.
    static func checkRoom(for pool: Pool, beside copy: PoolFile) throws(SystemError) {
        guard try copy.freeBytes() >= pool.bytesInUse else { throw SystemError(ENOSPC) }
    }

    /// Makes sure that the bytes in use fit, and takes their blocks where that costs no write.
    static func reserveBlocks(of pool: Pool, in copy: PoolFile) throws(SystemError) {
        try checkRoom(for: pool, beside: copy)
        // On tmpfs fallocate writes each page that the copy is to write.
        guard !copy.isTmpfs else { return }
        let fd = try copy.descriptor()
        do throws(SystemError) {
            try forEachRange(of: pool) { (offset, length) throws(SystemError) in
                try copy.allocate(fd, offset: offset, length: length)
                return length
            }
        } catch {
            // Without fallocate the copy itself meets a full file system, as an error.
            guard error.code == EOPNOTSUPP else { throw error }
        }
    }
}
