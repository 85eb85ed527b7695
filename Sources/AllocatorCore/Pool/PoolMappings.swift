import CLinux

/// What a fork changes: which file lies at the pool's addresses, and which pages of it are private.
extension Pool {
    /// Maps the file `fd` MAP_SHARED over the pool's addresses, and its private twin in waiting.
    mutating func mapShared(_ fd: CInt, isTmpfs: Bool) throws(SystemError) {
        _ = try Linux.map(
            at: base, length: size, protection: PROT_NONE, flags: MAP_SHARED | MAP_FIXED, fd: fd)
        if highWaterMark > 0 {
            try Linux.protect(base, length: highWaterMark, PROT_READ | PROT_WRITE)
        }
        noteMapped(isTmpfs: isTmpfs)
        if let twin = addresses.twin {
            do throws(SystemError) {
                guard addresses.twinIsWhole else { throw SystemError(EEXIST) }
                _ = try Linux.map(
                    at: twin, length: size, protection: PROT_NONE,
                    flags: MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd: fd)
                dumped.suspend(0..<size, mappedAt: twin)
            } catch {
                // What lies there now, nothing or the parent's file, must never be moved into the heap.
                addresses.twin = nil
            }
        }
    }

    /// What is advised of a new mapping of a file.
    private mutating func noteMapped(isTmpfs: Bool) {
        // For tmpfs mounted with huge=advise; with huge=always it changes nothing. ext4 and XFS take large folios of
        // themselves, and would zero 2 MiB for each page that is touched first.
        if isTmpfs { try? Linux.advise(base, length: size, MADV_HUGEPAGE) }
        dumped.suspend(0..<size, mappedAt: base)
        dumped.resume(0..<size, mappedAt: base)
    }

    /// Notes that glibc writes `length` bytes at `address` in a child that has no heap of its own yet.
    mutating func noteWrittenByChild(_ address: UnsafeMutableRawPointer, length: Int) {
        let offset = address - base
        for page in (offset / Linux.pageSize)...((offset &+ length &- 1) / Linux.pageSize) {
            pagesWrittenByChild.insert(page)
        }
    }

    /// Maps all pages that were so noted MAP_PRIVATE.
    mutating func separatePagesWrittenByChild() throws(SystemError) {
        var page = 0
        while let next = pagesWrittenByChild.next(from: page) {
            try makePrivate(page: next)
            page = next &+ 1
        }
    }

    /// Maps one page of a shared pool MAP_PRIVATE, if it is not yet. From the twin, so that no descriptor is needed.
    private mutating func makePrivate(page: Int) throws(SystemError) {
        guard !privatePages.contains(page) else { return }
        let range = page &* Linux.pageSize..<(page &+ 1) &* Linux.pageSize
        let isLocked = Linux.isLocked(base + range.lowerBound, length: range.count)
        try preparePrivateMapping(range)
        try installPrivateMapping(range)
        keepTwinsAddresses(range)
        notePrivate(range)
        if isLocked { try? Linux.lock(base + range.lowerBound, length: range.count, onFault: false) }
    }

    /// Notes that `range` is mapped MAP_PRIVATE while the pool is still shared.
    mutating func notePrivate(_ range: Range<Int>) {
        for page in (range.lowerBound / Linux.pageSize)..<(range.upperBound / Linux.pageSize) {
            privatePages.insert(page)
        }
    }

    /// Makes sure that `installPrivateMapping` of `range` can succeed, until the high-water mark rises. Just before it, with
    /// nobody locking memory in between, it also makes sure that this shows the heap as it is. On failure nothing has changed.
    func preparePrivateMapping(_ range: Range<Int>) throws(SystemError) {
        if let twin = addresses.twin.map({ $0 + range.lowerBound }) {
            // Where private memory is locked that may be written, the kernel copies all pages of it at once; what other
            // threads write from then on to the shared ones would be lost. So it is unlocked, and copies go.
            try retryingWhereLocked { () throws(SystemError) in
                try? Linux.unlock(twin, length: range.count)
                // Write permission is what strict overcommit and RLIMIT_DATA may refuse.
                try Linux.protect(twin, length: range.count, PROT_READ | PROT_WRITE)
                haveDumped(range, at: twin)
                try Linux.advise(twin, length: range.count, MADV_DONTNEED)
            }
        } else {
            _ = try file.descriptor()
        }
    }

    /// Maps `range` MAP_PRIVATE. No write of another thread is lost.
    ///
    /// The twin is moved without MREMAP_DONTUNMAP: with that the kernel checks RLIMIT_AS, RLIMIT_DATA and strict overcommit
    /// for a second mapping after it has unmapped the target, which is the heap.
    mutating func installPrivateMapping(_ range: Range<Int>) throws(SystemError) {
        let target = base + range.lowerBound
        if let twin = addresses.twin {
            try Linux.move(twin + range.lowerBound, length: range.count, to: target)
        } else {
            _ = try Linux.map(
                at: target, length: range.count, protection: PROT_READ | PROT_WRITE,
                flags: MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd: try file.descriptor(),
                offset: range.lowerBound)
            dumped.suspend(range, mappedAt: base)
        }
        dumped.resume(range, mappedAt: base)
    }

    /// Writes a page of the twin's part for `range` at `twin`, which is dropped again before the part is moved. The kernel dumps
    /// no private mapping of a file in which nothing was ever written, neither here nor in a child; and a page that stayed
    /// written would be lost to a read of the kernel that is under way.
    ///
    /// A page in use, for that has a block: a private copy of a hole takes one on tmpfs.
    private func haveDumped(_ range: Range<Int>, at twin: UnsafeMutableRawPointer) {
        guard let used = map.nextUsed(from: range.lowerBound / Linux.pageSize),
            used.lowerBound &* Linux.pageSize < range.upperBound
        else { return }
        (twin + (used.lowerBound &* Linux.pageSize &- range.lowerBound)).storeBytes(of: 0, as: UInt8.self)
    }

    /// Takes the addresses of a part of the twin again that was moved into the pool, so that nobody else's mapping comes to
    /// lie there.
    mutating func keepTwinsAddresses(_ range: Range<Int>) {
        guard let place = addresses.twin.map({ $0 + range.lowerBound }) else { return }
        do throws(SystemError) {
            _ = try Linux.map(
                at: place, length: range.count, protection: PROT_NONE,
                flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd: -1)
        } catch {
            addresses.twinIsWhole = false
        }
    }

    /// Tries again where another thread has locked all memory in between, by a system call of its own: EINVAL.
    private func retryingWhereLocked(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        for _ in 1..<100 {
            do throws(SystemError) {
                return try body()
            } catch {
                guard error.code == EINVAL else { throw error }
            }
        }
        try body()
    }

    /// The first range of bytes at or behind `offset` that is mapped shared, between private pages. Nil at the high-water
    /// mark.
    func nextShared(from offset: Int) -> Range<Int>? {
        let mark = highWaterMark / Linux.pageSize
        var page = offset / Linux.pageSize
        while page < mark, privatePages.contains(page) { page &+= 1 }
        guard page < mark else { return nil }
        let end = privatePages.next(from: page) ?? mark
        return page &* Linux.pageSize..<end &* Linux.pageSize
    }

    /// Notes that the mapping is private now. The descriptor has no further use: whoever forks next may need
    /// its number more, and of the twin nothing is needed.
    mutating func becomePrivate() {
        sharing = .remappedPrivate
        let rest = size &- highWaterMark
        if rest > 0 {
            if let side = addresses.side { try? Linux.unmap(side + highWaterMark, length: rest) }
            if let twin = addresses.twin { try? Linux.unmap(twin + highWaterMark, length: rest) }
        }
        addresses.side = nil
        addresses.twin = nil
        file.close()
    }

    /// In a child: the pool is `copy` from now on. Closes the parent's file.
    ///
    /// What the copy was made of is not what the private pages hold: they were copied on write, by the kernel.
    mutating func adopt(_ copy: consuming PoolFile) throws(SystemError) {
        let fd = try copy.descriptor()
        var page = 0
        while let next = privatePages.next(from: page) {
            let offset = next &* Linux.pageSize
            guard
                try Linux.write(base + offset, length: Linux.pageSize, to: fd, offset: offset)
                    == Linux.pageSize
            else { throw SystemError(ENOSPC) }
            page = next &+ 1
        }
        privatePages.removeAll()
        do throws(SystemError) {
            try mapShared(fd, isTmpfs: copy.isTmpfs)
        } catch {
            // Beyond RLIMIT_AS not even what takes another mapping's place is allowed.
            addresses.giveUpSpare(size: size)
            try mapShared(fd, isTmpfs: copy.isTmpfs)
        }
        file = copy
        file.keepForGood()
    }

    /// The same with a file that is mapped but not open.
    mutating func adopt(
        _ copy: consuming PoolFile, mappedAt mappings: consuming UnopenedFile
    ) throws(SystemError) {
        var page = 0
        while let next = privatePages.next(from: page) {
            let offset = next &* Linux.pageSize
            try mappings.store(base + offset, length: Linux.pageSize, at: offset)
            page = next &+ 1
        }
        privatePages.removeAll()
        do throws(SystemError) {
            try mappings.moveShared(to: base)
        } catch {
            // As in the other `adopt`.
            addresses.giveUpSpare(size: size)
            try mappings.moveShared(to: base)
        }
        if highWaterMark < size {
            try Linux.protect(base + highWaterMark, length: size &- highWaterMark, PROT_NONE)
        }
        noteMapped(isTmpfs: copy.isTmpfs)
        if let place = addresses.twin {
            do throws(SystemError) {
                guard addresses.twinIsWhole else { throw SystemError(EEXIST) }
                try mappings.moveTwin(to: place)
            } catch {
                // As in `mapShared`.
                addresses.twin = nil
            }
        }
        file = copy
    }

    /// In a child whose pool file is a copy with holes: only the steps in use have blocks.
    mutating func reserveOnlyWhatIsInUse() {
        reservation.startOver()
        var offset = 0
        while let range = map.nextStepsInUse(from: offset) {
            let last = (range.upperBound &- 1) / SpaceReservation.step
            for step in (range.lowerBound / SpaceReservation.step)...last {
                reservation.noteReserved(step: step)
            }
            offset = range.upperBound
        }
    }
}
