import CLinux

/// The constant-time remap that makes the pool MAP_PRIVATE just before a fork.
///
/// mmap(2) over the pool would tear down the page tables of all that was touched, 40 to 90 ms a GiB. So they
/// are moved aside instead, and a private mapping that waited from the start is moved in: constant time, and
/// no descriptor is needed. Between the two moves the emptied mapping is still shared and valid: another
/// thread's write reaches the file, and with it the private mapping.
enum PoolRemap {
    /// What becomes of the shared mapping that is moved aside.
    enum Purpose {
        /// It is not needed again; its page tables just need not be torn down.
        case forGood
        /// It will be moved back when no child needs the file any more.
        case untilFold
    }

    /// In reserve, with the heap's locks held: prepares every shared part of the pool. Throws as `preparePrivateMapping`; the heap is
    /// as before then.
    static func reserve(_ pool: inout Pool) throws(SystemError) {
        var offset = 0
        while let range = pool.nextShared(from: offset) {
            try pool.preparePrivateMapping(range)
            offset = range.upperBound
        }
    }

    /// In prepare: makes every shared part private. Usually that is one range; there are more if a fork has copied before, or
    /// while the pool is being folded. If it throws, the parts that are private by then stay so.
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

    /// Only for speed: if the kernel refuses, the move that follows tears down the page tables instead.
    private static func movePageTablesAside(_ pool: inout Pool, _ range: Range<Int>) {
        guard let side = pool.addresses.side.map({ $0 + range.lowerBound }) else { return }
        pool.dumped.suspend(range, mappedAt: pool.base)
        do throws(SystemError) {
            try Linux.move(
                pool.base + range.lowerBound, length: range.count, to: side, flags: MREMAP_DONTUNMAP)
        } catch {
            // The kernel may have unmapped the target, and somebody else's mapping may get there.
            pool.addresses.side = nil
        }
    }
}
