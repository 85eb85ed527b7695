import CLinux

/// VMMALLOC_FORK=2: the child gets a pool file of its own, a copy of the extents in use.
///
/// The copy is made while the allocator is quiet but other threads may write to memory that they hold: what
/// that means for the snapshot is in docs/fork-modes.md.
public enum PoolCopy: ForkStrategy {
    /// See `ForkStrategy`.
    public static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        try ChildWrites.separate(&pool)
    }

    /// See `ForkStrategy`.
    public static func reserve(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        var marker = 0
        // The child would run on its parent's stack until it has its copy, and on an older one from then on.
        guard !withUnsafePointer(to: &marker, { pool.contains($0) }) else { throw SystemError(EFAULT) }
        guard pool.childMayMapCopy else { throw SystemError(ENOMEM) }
        let copy: PoolFile
        do throws(SystemError) {
            copy = try PoolFile.create(in: pool.directory, size: pool.size, keptFor: .oneFork)
        } catch {
            guard error.code == EMFILE, attempt.copyPolicy.mayWriteMemory else { throw error }
            return try reserveUnopened(&attempt, pool)
        }
        do throws(SystemError) {
            try CopyEngines.reserve(&pool, copy, &attempt)
        } catch {
            copy.close()
            throw error
        }
        attempt.copy = copy
    }

    /// Where all descriptors are taken.
    private static func reserveUnopened(_ attempt: inout ForkAttempt, _ pool: Pool) throws(SystemError) {
        let unopened = try UnopenedFile.create(for: pool)
        attempt.unopened = unopened
        attempt.method = .mapped
        attempt.copy = unopened.file
    }

    /// See `ForkStrategy`.
    public static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard let copy = attempt.copy else { return }
        // Another thread's fork may have made the pool private since reserve: then the file is no longer the heap.
        guard pool.sharing == .shared else { return attempt.endCopy() }
        try ChildWrites.separate(&pool)
        do throws(SystemError) {
            attempt.report.action = try CopyEngines.copy(pool, to: copy, &attempt)
        } catch {
            // XFS frees a closed file some time later: until then the parent's blocks would count as shared, and where there
            // is no room, writing to one is SIGBUS.
            copy.empty()
            throw error
        }
    }

    /// See `ForkStrategy`.
    public static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {
        attempt.endCopy()
    }

    /// See `ForkStrategy`.
    public static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard let copy = attempt.copy else { return }
        if let unopened = attempt.unopened { try pool.adopt(unopened) } else { try pool.adopt(copy) }
        pool.reserveOnlyWhatIsInUse()
        attempt.persistentTarget = nil
        attempt.unopened = nil
        attempt.copy = nil
    }
}
