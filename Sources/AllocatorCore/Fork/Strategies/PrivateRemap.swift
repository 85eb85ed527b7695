import CLinux

/// VMMALLOC_FORK=1: before the first fork the pool becomes MAP_PRIVATE and stays so. The kernel's copy-on-write does the rest,
/// for this fork and all later ones.
///
/// mmap(2) over the pool would tear down the page tables of all memory that was touched, which takes 40 to 90 ms per GiB. So
/// the page tables are moved aside, and a private mapping that has waited since the start is moved in. That takes constant
/// time and no descriptor. Between the two moves the emptied mapping is still shared and valid: another thread's write
/// reaches the file, and thereby the private mapping.
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

    /// See `ForkStrategy`. Mostly one range; more if mode 3 falls back after it has made pages private.
    static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        let locked = pool.takeLocks()
        var offset = 0
        while let range = pool.nextShared(from: offset) {
            do throws(SystemError) {
                movePageTablesAside(&pool, range)
                // Again, since other threads have allocated since reserve, and may have locked all memory.
                try pool.preparePrivateMapping(range)
                try pool.installPrivateMapping(range)
            } catch {
                // The ranges that are private by now stay so. The child leaves.
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

    /// Only for speed: if the kernel refuses, the next move unmaps the page tables instead.
    private static func movePageTablesAside(_ pool: inout Pool, _ range: Range<Int>) {
        guard let side = pool.addresses.side.map({ $0 + range.lowerBound }) else { return }
        pool.dumped.suspend(range, mappedAt: pool.base)
        do throws(SystemError) {
            try Linux.move(
                pool.base + range.lowerBound, length: range.count, to: side, flags: MREMAP_DONTUNMAP)
        } catch {
            // The kernel may have unmapped the target already, and somebody else's mapping may get there.
            pool.addresses.side = nil
            return
        }
        try? Linux.advise(side, length: range.count, MADV_DONTFORK)
    }
}
