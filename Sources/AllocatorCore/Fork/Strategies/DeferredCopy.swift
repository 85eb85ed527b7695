import CLinux

/// VMMALLOC_FORK_COPIER=child, in modes 2 and 3: the child makes its copy itself, before its fork() returns, and the parent
/// goes on at once.
///
/// The parent freezes its pool with the constant-time remap. From then on nobody writes to the pool file, which holds the heap of
/// that moment. The child copies the file, and then the pages of its own memory that were written after the freeze. So its heap
/// is as of the fork, like its globals and stacks, and lies in its own file. If the copy fails, the child stays private on its
/// parent's file, as in mode 1: no fork is refused for lack of space.
///
/// The parent stays private until no child needs the file any more: see `FrozenPool.swift`.
enum DeferredCopy: ForkStrategy {
    /// See `ForkStrategy`. If private memory is refused, for instance by RLIMIT_DATA, the parent copies.
    static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        // The child cannot give back what its parent keeps.
        pool.makeRoomForCopy()
        do throws(SystemError) {
            try PoolRemap.reserve(&pool)
        } catch {
            guard pool.sharing == .shared else { throw error }
            attempt.report.copier = .parent
            try attempt.report.mode.run(.reserveMappings, &attempt, &pool)
        }
    }

    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) {}

    /// See `ForkStrategy`.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        if pool.hasSharedPart { try PoolRemap.perform(.untilFold, &pool) }
        pool.becomeFrozen()
        attempt.report.action = .deferred
        attempt.report.forker = Linux.processID
    }

    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// See `ForkStrategy`. Throws only if the child has no heap any more.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        do throws(SystemError) {
            try copy(&attempt, &pool)
        } catch {
            attempt.endCopy()
            attempt.report.action = .remap
            attempt.report.error = error.code
            attempt.report.bytesCopied = 0
            attempt.report.bytesShared = 0
            guard pool.stayFrozen() else { throw error }
        }
        attempt.report.phases.copy = attempt.endPhase()
    }

    private static func copy(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        var written: PrivatePages?
        do throws(SystemError) {
            written = try PrivatePages()
        } catch {
            // Without /proc, or in a program that has changed its user. A copy of memory includes those pages.
            guard attempt.copyPolicy.mayWriteMemory else { throw error }
            attempt.copyPolicy.forced = .memory
        }
        let source = CopySource(of: pool, lock: nil)
        // The allocator's locks are held.
        try PoolCopy.reserveCopy(&attempt, source, mayAllocate: false)
        guard let reserved = attempt.copy.take() else { throw SystemError(EIO) }
        try PoolCopy.makeCopy(&attempt, reserved, of: source)
        guard let copy = attempt.copy.take() else { throw SystemError(EIO) }
        if let written = written.take(), !copy.method.readsMemory {
            do throws(SystemError) {
                attempt.report.bytesCopied &+= try writePrivatePages(written, of: pool, to: copy)
            } catch {
                copy.file.empty()
                throw error
            }
        }
        try copy.become(&pool)
        pool.reserveOnlyWhatIsInUse()
    }

    /// Returns the bytes written.
    private static func writePrivatePages(
        _ pages: consuming PrivatePages, of pool: borrowing Pool, to copy: borrowing CopyTarget
    ) throws(SystemError) -> UInt64 {
        let base = pool.base
        var bytes = 0
        _ = try pages.forEach(in: 0..<pool.highWaterMark, of: base) { (range) throws(SystemError) in
            try copy.write(base + range.lowerBound, length: range.count, at: range.lowerBound)
            bytes &+= range.count
        }
        return UInt64(truncatingIfNeeded: bytes)
    }
}
