import CLinux

/// VMMALLOC_FORK=1: before the first fork the pool becomes MAP_PRIVATE, for good; the kernel's copy-on-write
/// does the rest, for this fork and all later ones.
///
/// mmap(2) over the pool would tear down the page tables of all that was touched, 40 to 90 ms a GiB. So they
/// are moved aside instead, and a private mapping that waited from the start is moved in: constant time, and
/// no descriptor is needed. Between the two moves the emptied mapping is still shared and valid: another
/// thread's write reaches the file, and with it the private mapping.
enum PrivateRemap: ForkStrategy {
    /// See `ForkStrategy`.
    static func reserveMappings(
        _ attempt: inout ForkAttempt, _ pool: inout Pool
    ) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        var offset = 0
        while let range = pool.nextShared(from: offset) {
            try pool.preparePrivateMapping(range)
            offset = range.upperBound
        }
    }

    /// See `ForkStrategy`.
    static func reserve(_ attempt: inout ForkAttempt, _ source: CopySource) {}

    /// See `ForkStrategy`. Mostly one range; more where mode 3 falls back after it has copied.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        let locked = pool.takeLocks()
        var offset = 0
        while let range = pool.nextShared(from: offset) {
            do throws(SystemError) {
                movePageTablesAside(&pool, range)
                // Anew: other threads went on since reserve, and may have locked all memory.
                try pool.preparePrivateMapping(range)
                try pool.installPrivateMapping(range)
            } catch {
                // What is private already stays so; the child leaves.
                pool.dumped.resume(range, mappedAt: pool.base)
                pool.keepTwinsAddresses(0..<range.lowerBound)
                pool.notePrivate(0..<range.lowerBound)
                pool.lockAgain(locked)
                throw error
            }
            offset = range.upperBound
        }
        pool.becomePrivate()
        pool.lockAgain(locked)
        attempt.report.action = .remap
    }

    /// See `ForkStrategy`.
    static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// See `ForkStrategy`.
    static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// Only for speed: where the kernel refuses, the move that follows unmaps the page tables instead.
    private static func movePageTablesAside(_ pool: inout Pool, _ range: Range<Int>) {
        guard let side = pool.addresses.side.map({ $0 + range.lowerBound }) else { return }
        pool.dumped.suspend(range, mappedAt: pool.base)
        do throws(SystemError) {
            try Linux.move(
                pool.base + range.lowerBound, length: range.count, to: side, flags: MREMAP_DONTUNMAP)
        } catch {
            // The kernel may have unmapped what it was to move to: somebody else's mapping may come to lie there.
            pool.addresses.side = nil
            return
        }
        try? Linux.advise(side, length: range.count, MADV_DONTFORK)
    }
}
