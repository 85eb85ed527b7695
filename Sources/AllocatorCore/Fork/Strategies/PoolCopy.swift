import CLinux

/// VMMALLOC_FORK=2: the child gets its own pool file, with a copy of the extents in use.
///
/// The allocator is quiet while the copy is made, but other threads may write to their blocks. docs/fork-modes.md says what
/// that means for the child.
enum PoolCopy: ForkStrategy {
    /// See `ForkStrategy`.
    static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        pool.makeRoomForCopy()
        try ChildWrites.separate(&pool)
    }

    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) throws(SystemError) {
        guard source.sharing == .shared else { return }
        try reserveCopy(&attempt, source, mayAllocate: attempt.mayAllocate)
    }

    /// Makes the child's file and picks the engine. Throws where the child cannot have it; then nothing has changed.
    static func reserveCopy(
        _ attempt: inout ForkAttempt, _ source: CopySource, mayAllocate: Bool
    ) throws(SystemError) {
        var marker = 0
        // The stack lies in the heap: the child would first run on its parent's stack, and then on an older copy of it.
        guard !withUnsafePointer(to: &marker, { source.contains($0) }) else { throw SystemError(EFAULT) }
        guard source.addresses.childMayMapCopy(size: source.size) else { throw SystemError(ENOMEM) }
        let file: PoolFile
        do throws(SystemError) {
            file = try PoolFile.create(in: source.directory, size: source.size, keptFor: .oneFork)
        } catch {
            guard error.code == EMFILE, attempt.copyPolicy.mayWriteMemory else { throw error }
            // The table of descriptors is full.
            attempt.copy = try UnopenedFile.create(for: source, policy: attempt.copyPolicy)
            return
        }
        var copy = CopyTarget(file, policy: attempt.copyPolicy)
        try CopyEngines.reserve(source, &copy, mayAllocate: mayAllocate)
        attempt.copy = consume copy
    }

    /// See `ForkStrategy`.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard let copy = attempt.copy.take() else { return }
        pool.noteReflinks(copy.canReflink)
        // Another thread's fork may have made the pool private since reserve. Then the file is no longer the heap.
        guard pool.sharing == .shared else { return }
        try ChildWrites.separate(&pool)
        try makeCopy(&attempt, copy, of: CopySource(of: pool, lock: nil))
    }

    /// Copies what is in use to the file that is reserved, which then is the attempt's again. On failure it is empty and closed.
    static func makeCopy(
        _ attempt: inout ForkAttempt, _ reserved: consuming CopyTarget, of source: CopySource
    ) throws(SystemError) {
        var copy = reserved
        do throws(SystemError) {
            attempt.report.action = try CopyEngines.copy(source, to: &copy)
            attempt.noteCopied(copy)
            attempt.copy = consume copy
        } catch {
            attempt.noteCopied(copy)
            // XFS frees a closed file some time later. Until then the parent's blocks would count as shared, and writing to one
            // would be SIGBUS if there is no room.
            copy.file.empty()
            throw error
        }
    }

    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {
        attempt.endCopy()
    }

    /// See `ForkStrategy`.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard let copy = attempt.copy.take() else { return }
        try copy.become(&pool)
        pool.reserveOnlyWhatIsInUse()
    }
}
