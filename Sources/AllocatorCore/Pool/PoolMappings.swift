import CLinux

/// The changes that a fork makes: which file is mapped at the pool's addresses, and which of its pages are private.
///
/// All of it runs under the heap's lock or on a child's only thread. Nothing here may allocate.
extension Pool {
    /// Maps the file `fd` MAP_SHARED over the pool's addresses, and its private twin in reserve. Throws ENOMEM if a limit is in the
    /// way, ENODEV if the file system has no shared mappings.
    mutating func mapShared(_ fd: CInt, isTmpfs: Bool) throws(SystemError) {
        _ = try Linux.map(
            at: base, length: size, protection: PROT_NONE, flags: MAP_SHARED | MAP_FIXED, fd: fd)
        if highWaterMark > 0 {
            try Linux.protect(base, length: highWaterMark, PROT_READ | PROT_WRITE)
        }
        noteMapped(isTmpfs: isTmpfs)
        mapTwin(fd)
    }

    /// Maps the private twin in waiting, of the open file `fd`, if it has addresses.
    mutating func mapTwin(_ fd: CInt) {
        guard let twin = addresses.twin else { return }
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

    /// Gives the kernel its advice on a new mapping.
    private mutating func noteMapped(isTmpfs: Bool) {
        // For tmpfs mounted with huge=advise; with huge=always it changes nothing. ext4 and XFS use large folios anyway, and
        // with this would zero 2 MiB for the first page that is touched.
        if isTmpfs { try? Linux.advise(base, length: size, MADV_HUGEPAGE) }
        dumped.suspend(0..<size, mappedAt: base)
        dumped.resume(0..<size, mappedAt: base)
    }

    /// Records that glibc writes `length` bytes at `address` in a child that does not have its own heap yet.
    mutating func noteWrittenByChild(_ address: UnsafeMutableRawPointer, length: Int) {
        let offset = address - base
        for page in (offset / Linux.pageSize)...((offset &+ length &- 1) / Linux.pageSize) {
            pagesWrittenByChild.insert(page)
        }
    }

    /// Maps all those pages MAP_PRIVATE. Throws as `preparePrivateMapping`; pages that are private already stay so.
    mutating func separatePagesWrittenByChild() throws(SystemError) {
        var page = 0
        while let next = pagesWrittenByChild.next(from: page) {
            try makePrivate(page: next)
            page = next &+ 1
        }
    }

    /// Maps one page of a shared pool MAP_PRIVATE, unless it is already. It comes from the twin, so no descriptor is needed.
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

    /// Records that `range` is mapped MAP_PRIVATE although the pool is still shared.
    mutating func notePrivate(_ range: Range<Int>) {
        for page in (range.lowerBound / Linux.pageSize)..<(range.upperBound / Linux.pageSize) {
            privatePages.insert(page)
        }
    }

    /// Makes sure that `installPrivateMapping` of `range` can succeed, until the high-water mark rises. Called just before it, while
    /// no thread locks memory, it also makes sure that the twin shows the heap as it is. Throws ENOMEM if RLIMIT_DATA or strict
    /// overcommit forbids it, EBADF if there is no twin and the program has closed the pool's descriptor; nothing has changed then.
    func preparePrivateMapping(_ range: Range<Int>) throws(SystemError) {
        if let twin = addresses.twin.map({ $0 + range.lowerBound }) {
            // The kernel copies all pages of locked, writable private memory at once, and what other threads write to the
            // shared ones from then on would be lost. So it is unlocked, and copies are dropped.
            try retryingWhereLocked { () throws(SystemError) in
                try? Linux.unlock(twin, length: range.count)
                // Strict overcommit and RLIMIT_DATA may refuse write permission.
                try Linux.protect(twin, length: range.count, PROT_READ | PROT_WRITE)
                haveDumped(range, at: twin)
                try Linux.advise(twin, length: range.count, MADV_DONTNEED)
            }
        } else {
            _ = try file.descriptor()
        }
    }

    /// Maps `range` MAP_PRIVATE. No write of another thread is lost. Throws ENOMEM or EBADF only if `preparePrivateMapping` was not
    /// called.
    ///
    /// The twin is moved without MREMAP_DONTUNMAP, because with it the kernel first unmaps the target, which is the heap, and
    /// then checks RLIMIT_AS, RLIMIT_DATA and strict overcommit for a second mapping.
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

    /// Writes to one page of the twin's part for `range`, which lies at `twin`. The page is dropped again before the part is moved.
    /// Otherwise the kernel would leave the mapping out of core files, here and in a child, since nothing was ever written to it.
    /// The page must not stay: a read of the kernel that is under way would not reach it.
    ///
    /// It is a page in use, which has a block already. On tmpfs a private copy of a hole takes a block.
    private func haveDumped(_ range: Range<Int>, at twin: UnsafeMutableRawPointer) {
        guard let used = map.nextUsed(from: range.lowerBound / Linux.pageSize),
            used.lowerBound &* Linux.pageSize < range.upperBound
        else { return }
        (twin + (used.lowerBound &* Linux.pageSize &- range.lowerBound)).storeBytes(of: 0, as: UInt8.self)
    }

    /// Reserves the addresses of a part of the twin that was moved into the pool, so that nobody else's mapping gets there.
    mutating func keepTwinsAddresses(_ range: Range<Int>) {
        guard let place = addresses.twin.map({ $0 + range.lowerBound }) else { return }
        do throws(SystemError) {
            try AddressSpace.hold(place, length: range.count)
        } catch {
            addresses.twinIsWhole = false
        }
    }

    /// Repeats `body` while it throws EINVAL, which means that another thread has locked all memory in between by a system call
    /// of its own.
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

    /// The first range of bytes from `offset` on that is mapped shared. Private pages and frozen steps separate the ranges. Nil at
    /// the high-water mark.
    func nextShared(from offset: Int) -> Range<Int>? {
        let mark = highWaterMark / Linux.pageSize
        let pagesInStep = SpaceReservation.step / Linux.pageSize
        var page = offset / Linux.pageSize
        while page < mark {
            if isFrozen(step: page / pagesInStep) {
                page = (page / pagesInStep &+ 1) &* pagesInStep
            } else if privatePages.contains(page) {
                page &+= 1
            } else {
                break
            }
        }
        guard page < mark else { return nil }
        let nextPrivate = privatePages.next(from: page) ?? mark
        let nextFrozen = frozenSteps.next(from: page / pagesInStep).map { $0 &* pagesInStep } ?? mark
        let end = min(min(nextPrivate, nextFrozen), mark)
        return page &* Linux.pageSize..<end &* Linux.pageSize
    }

    /// Records that the mapping is private now, and gives up what is no longer needed: the rest of the side area and of the twin,
    /// and the descriptor, whose number the next fork may need.
    mutating func becomePrivate() {
        sharing = .remappedPrivate
        if reservation.kept.count > 0, let side = addresses.side {
            keptAside = KeptAside(mapping: side, owner: Linux.processID)
        }
        reservation.leaveKept()
        let rest = size &- highWaterMark
        if rest > 0 {
            if let side = addresses.side { try? Linux.unmap(side + highWaterMark, length: rest) }
            if let twin = addresses.twin { try? Linux.unmap(twin + highWaterMark, length: rest) }
        }
        addresses.side = nil
        addresses.twin = nil
        file.close()
    }

    /// In a child: `copy` is the pool's file from now on. Closes the parent's file. Throws ENOMEM if it cannot be mapped, ENOSPC if
    /// the file system has no room for a private page, EBADF if the program has closed `copy`; the child must leave then.
    ///
    /// The private pages go into the copy now, since it was made from the file, which does not have their bytes.
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
        do throws(SystemError) {
            try mapShared(fd, isTmpfs: copy.isTmpfs)
        } catch {
            // Beyond RLIMIT_AS the kernel does not even let a mapping replace another.
            addresses.giveUpSpare(size: size)
            try mapShared(fd, isTmpfs: copy.isTmpfs)
        }
        file = copy
        file.keepForGood()
        endPrivacy()
    }

    /// The same for a file that is mapped but not open.
    mutating func adopt(
        _ copy: consuming PoolFile, mappedAt mappings: consuming UnopenedFile
    ) throws(SystemError) {
        var page = 0
        while let next = privatePages.next(from: page) {
            let offset = next &* Linux.pageSize
            try mappings.store(base + offset, length: Linux.pageSize, at: offset)
            page = next &+ 1
        }
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
        endPrivacy()
    }

    /// In a child whose pool file is a copy with holes: records that only the steps in use have blocks.
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
