import CLinux

/// VMMALLOC_FORK=2: the child gets a pool file of its own, a copy of the extents in use.
///
/// The copy is made while the allocator is quiet but other threads may write to memory that they hold: what
/// that means for the snapshot is in docs/fork-modes.md.
public enum PoolCopy: ForkStrategy {
    /// See `ForkStrategy`.
    public static func reserve(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        let copy = try PoolFile.create(in: pool.directory, size: pool.size)
        do throws(SystemError) {
            // A reflink needs no room today, but each write after it does.
            guard try copy.freeBytes() >= pool.bytesInUse else { throw SystemError(ENOSPC) }
        } catch {
            copy.close()
            throw error
        }
        attempt.copy = copy
        writeBackEarly(pool)
    }

    /// See `ForkStrategy`.
    public static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard let copy = attempt.copy else { return }
        attempt.report.action = try CopyEngines.copyPool(pool, to: copy, &attempt.report)
    }

    /// See `ForkStrategy`.
    public static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {
        attempt.copy?.close()
        attempt.copy = nil
    }

    /// See `ForkStrategy`.
    public static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard let copy = attempt.copy else { return }
        try pool.adopt(copy)
        pool.reserveOnlyWhatIsInUse()
        attempt.copy = nil
    }

    /// FICLONE writes dirty pages back before it shares their blocks. Begun here, while no lock is held, that
    /// goes on beside the other threads.
    private static func writeBackEarly(_ pool: Pool) {
        guard !pool.file.isTmpfs, let fd = pool.file.verified else { return }
        try? Linux.synchronize(
            fd, offset: 0, length: pool.size,
            flags: CInt(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER))
    }
}
