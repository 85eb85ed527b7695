import CLinux

/// The remap in constant time, by which the pool becomes MAP_PRIVATE just before a fork.
///
/// mmap(2) over the pool would tear down the page tables of all that was touched, 40 to 90 ms a GiB. So they
/// are moved aside instead, and a private mapping that waited from the start is moved in: constant time, and
/// no descriptor is needed. Between the two moves the emptied mapping is still shared and valid: another
/// thread's write reaches the file, and with it the private mapping.
enum PoolRemap {
    /// What becomes of the shared mapping that is moved aside.
    enum Purpose {
        /// It is of no more use than that its page tables need not be torn down.
        case forGood
        /// It is moved back when no child needs the file any more.
        case untilFold
    }

    /// In reserve, with the heap's locks held: readies all that is shared of the pool. On failure the heap is as before.
    static func reserve(_ pool: inout Pool) throws(SystemError) {
        var offset = 0
        while let range = pool.nextShared(from: offset) {
            try pool.preparePrivateMapping(range)
            offset = range.upperBound
        }
    }

    /// In prepare: makes all private that is shared. Mostly one range; more where a fork has copied before, or while a pool
    /// is folded. On failure what is private already stays so.
    static func perform(_ purpose: Purpose, _ pool: inout Pool) throws(SystemError) {
        let locked = pool.takeLocks()
        defer { pool.lockAgain(locked) }
        var offset = 0
        while let range = pool.nextShared(from: offset) {
            do throws(SystemError) {
                movePageTablesAside(&pool, range)
                // Again, since other threads have allocated since reserve, and may have locked all memory.
                try pool.preparePrivateMapping(range)
                try pool.installPrivateMapping(range)
                if purpose == .untilFold { pool.keepTwinsAddresses(range) }
            } catch {
                // The child leaves.
                pool.dumped.resume(range, mappedAt: pool.base)
                if purpose == .forGood { pool.keepTwinsAddresses(0..<range.lowerBound) }
                pool.notePrivate(0..<range.lowerBound)
                throw error
            }
            offset = range.upperBound
        }
        if purpose == .forGood, let side = pool.addresses.side {
            try? Linux.advise(side, length: pool.highWaterMark, MADV_DONTFORK)
        }
    }

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
        }
    }
}
