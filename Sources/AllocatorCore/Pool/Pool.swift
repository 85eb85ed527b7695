import CLinux

/// The heap's memory: one file, mapped once, handed out in runs of pages.
///
/// Not thread-safe: `Heap` holds its lock around every call that changes it. Nothing here allocates.
public struct Pool {
    /// How the pool file is mapped.
    public enum Sharing {
        /// MAP_SHARED: writes reach the file.
        case shared
        /// MAP_PRIVATE since a fork: writes are copied to RAM.
        case remappedPrivate
    }

    /// Bytes, a multiple of the page size.
    public let size: Int
    /// The addresses of the pool, its side area and its twin.
    public let addresses: AddressSpace
    /// Where new pool files are created.
    public let directory: PoolDirectory
    /// The file behind the mapping.
    public private(set) var file: PoolFile
    /// How the file is mapped.
    public private(set) var sharing = Sharing.shared
    /// Which pages are handed out.
    public private(set) var map: PageMap
    /// Which steps of the file have blocks.
    public private(set) var reservation: SpaceReservation
    /// Pages that are mapped MAP_PRIVATE while the rest is shared: see `ChildWrites`.
    public private(set) var privatePages: PageSet
    /// Pages that glibc writes in a child before the child has its own: to be made private by the next fork.
    public private(set) var pagesWrittenByChild: PageSet
    /// Whether two files here can share blocks; nil until a fork has tried.
    var canReflink: Bool?

    /// The address of the first byte.
    public var base: UnsafeMutableRawPointer { addresses.base }

    // MARK: Start

    /// Creates the file in the directory at `path`, reserves its space as `policy` says and maps it.
    public static func create(
        size: Int, in path: UnsafePointer<CChar>, reservation policy: ReservationPolicy
    ) throws(SystemError) -> Pool {
        let notes = try Notes(poolSize: size)
        let directory = try PoolDirectory(path, memory: notes.path)
        do throws(SystemError) {
            let file = try PoolFile.create(in: directory, size: size)
            do throws(SystemError) {
                let isLazy = try reserve(file, size: size, policy: policy)
                let pool = Pool(
                    size: size, addresses: try AddressSpace.reserve(size: size), directory: directory,
                    file: file, map: PageMap(pageCount: size / Linux.pageSize, memory: notes.map),
                    reservation: SpaceReservation(
                        poolSize: size, isLazy: isLazy, memory: notes.reservation),
                    privatePages: PageSet(
                        pageCount: size / Linux.pageSize, memory: notes.privatePages),
                    pagesWrittenByChild: PageSet(
                        pageCount: size / Linux.pageSize, memory: notes.pagesWrittenByChild))
                try pool.mapShared(file)
                return pool
            } catch {
                file.close()
                throw error
            }
        } catch {
            directory.close()
            throw error
        }
    }

    private init(
        size: Int, addresses: AddressSpace, directory: PoolDirectory, file: PoolFile, map: PageMap,
        reservation: SpaceReservation, privatePages: PageSet, pagesWrittenByChild: PageSet
    ) {
        self.size = size
        self.addresses = addresses
        self.directory = directory
        self.file = file
        self.map = map
        self.reservation = reservation
        self.privatePages = privatePages
        self.pagesWrittenByChild = pagesWrittenByChild
    }

    /// The memory in which the pool notes what it knows of itself: outside it, private to each process, zeroed.
    private struct Notes {
        let path: UnsafeMutablePointer<CChar>
        let map: UnsafeMutableRawPointer
        let reservation: UnsafeMutableRawPointer
        let privatePages: UnsafeMutableRawPointer
        let pagesWrittenByChild: UnsafeMutableRawPointer

        init(poolSize: Int) throws(SystemError) {
            let pageCount = poolSize / Linux.pageSize
            let mapBytes = PageMap.bytesNeeded(pageCount: pageCount)
            let setBytes = PageSet.bytesNeeded(pageCount: pageCount)
            let reservationBytes = SpaceReservation.bytesNeeded(poolSize: poolSize)
            let memory = try Linux.map(
                at: nil,
                length: PoolDirectory.pathCapacity &+ mapBytes &+ reservationBytes &+ 2 &* setBytes,
                protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd: -1
            )
            path = memory.bindMemory(to: CChar.self, capacity: PoolDirectory.pathCapacity)
            map = memory + PoolDirectory.pathCapacity
            reservation = map + mapBytes
            privatePages = reservation + reservationBytes
            pagesWrittenByChild = privatePages + setBytes
        }
    }

    /// Takes or checks the file system's space. Returns whether the rest is to be reserved in steps.
    private static func reserve(
        _ file: PoolFile, size: Int, policy: ReservationPolicy
    ) throws(SystemError) -> Bool {
        switch policy {
        case .lazy: return true
        case .automatic where file.isTmpfs:
            guard try file.freeBytes() >= size else { throw SystemError(ENOSPC) }
            return true
        case .eager, .automatic:
            try Linux.allocate(file.descriptor(), offset: 0, length: size)
            return false
        }
    }

    // MARK: Runs of pages

    /// A run of pages that was handed out.
    public struct Run {
        /// The first byte.
        public let address: UnsafeMutableRawPointer
        /// Whether it has never been handed out before, so that it reads as zero.
        public let isFresh: Bool
    }

    /// Hands out `length` bytes (a multiple of the page size) at a multiple of `alignment` (a power of two), or
    /// exactly at `fixed`. Nil if the pool or the file system has no room.
    public mutating func allocate(
        _ length: Int, alignment: Int, at fixed: UnsafeMutableRawPointer? = nil
    ) -> Run? {
        let count = length / Linux.pageSize
        guard count > 0, length & (Linux.pageSize &- 1) == 0,
            let first = place(count, alignment: alignment, at: fixed)
        else { return nil }
        let offset = first &* Linux.pageSize
        let range = offset..<(offset &+ length)
        do throws(SystemError) {
            switch sharing {
            case .shared: try reservation.cover(range, of: file, mappedAt: base)
            case .remappedPrivate: try reservation.coverPrivately(range, mappedAt: base)
            }
        } catch {
            return nil
        }
        invariant(
            Int(bitPattern: base + offset) & (alignment &- 1) == 0,
            "page \(first) is not aligned to \(size: alignment)")
        return Run(address: base + offset, isFresh: map.take(first, count: count))
    }

    private func place(_ count: Int, alignment: Int, at fixed: UnsafeMutableRawPointer?) -> Int? {
        if let fixed {
            let offset = fixed - base
            guard offset >= 0, offset < size, offset & (alignment &- 1) == 0 else { return nil }
            let first = offset / Linux.pageSize
            return map.isFree(first, count: count) ? first : nil
        }
        // The base is aligned to 2 MiB where there was room; beyond that addresses decide, not offsets.
        let misalignment = Int(bitPattern: UInt(bitPattern: base) & UInt(bitPattern: alignment &- 1))
        guard misalignment == 0 else {
            return placeAgainstMisalignedBase(count, alignment: alignment, misalignment: misalignment)
        }
        return map.findFree(count, alignment: max(1, alignment / Linux.pageSize))
    }

    /// A run with room to spare, of which only the aligned part is taken.
    private func placeAgainstMisalignedBase(_ count: Int, alignment: Int, misalignment: Int) -> Int? {
        let slack = alignment / Linux.pageSize
        let (wanted, overflow) = count.addingReportingOverflow(slack)
        guard !overflow, let first = map.findFree(wanted) else { return nil }
        let address = misalignment &+ first &* Linux.pageSize
        let aligned = (address &+ alignment &- 1) & ~(alignment &- 1)
        return (aligned &- misalignment) / Linux.pageSize
    }

    /// Takes back a run, or part of one. Steps of a lazy pool that are free by that go back to the file system.
    public mutating func release(_ address: UnsafeMutableRawPointer, length: Int) {
        invariant(
            contains(address) && (address - base) & (Linux.pageSize &- 1) == 0
                && length & (Linux.pageSize &- 1) == 0,
            "\(address) of \(size: length) bytes is no run of the pool's pages")
        let first = (address - base) / Linux.pageSize
        let count = length / Linux.pageSize
        map.release(first, count: count)
        if sharing == .shared && reservation.isLazy { giveBackFreeSteps(first, count) }
    }

    private mutating func giveBackFreeSteps(_ first: Int, _ count: Int) {
        let pages = PageMap.pagesPerWord
        for step in (first / pages)...((first &+ count &- 1) / pages) where map.isFree(word: step) {
            let firstPage = step &* pages
            let end = min(firstPage &+ pages, map.pageCount)
            // MADV_REMOVE would stop half-way at a private page, and its bytes are not the file's.
            guard !privatePages.contains(anyOf: firstPage..<end),
                reservation.giveBack(step: step, mappedAt: base)
            else { continue }
            map.cleanse(firstPage, count: end &- firstPage)
        }
    }

    /// Whether `address` lies in the pool.
    public func contains(_ address: UnsafeRawPointer) -> Bool {
        let offset = UInt(bitPattern: address) &- UInt(bitPattern: base)
        return offset < UInt(bitPattern: size)
    }

    /// The bytes that are handed out.
    public var bytesInUse: Int { map.pagesInUse &* Linux.pageSize }

    /// The first range of whole reservation steps with bytes in use, at or behind `offset` (a multiple of the
    /// step): neighbours merged, and ranges that at most `gap` free bytes separate. Nil at the end.
    public func nextStepsInUse(from offset: Int, gap: Int = 0) -> Range<Int>? {
        let step = SpaceReservation.step
        guard let pages = map.nextUsed(from: offset / Linux.pageSize, gap: max(gap, step) / Linux.pageSize)
        else { return nil }
        let first = pages.lowerBound &* Linux.pageSize / step &* step
        let end = (pages.upperBound &* Linux.pageSize &+ step &- 1) / step &* step
        return first..<min(end, size)
    }

    // MARK: What a fork changes

    /// Maps `file` MAP_SHARED over the pool's addresses, and its private twin in waiting.
    func mapShared(_ file: PoolFile) throws(SystemError) {
        let fd = try file.descriptor()
        _ = try Linux.map(
            at: base, length: size, protection: PROT_READ | PROT_WRITE, flags: MAP_SHARED | MAP_FIXED, fd: fd)
        // For tmpfs mounted with huge=advise; with huge=always it changes nothing. ext4 and XFS take large folios of
        // themselves, and would zero 2 MiB for each page that is touched first.
        if file.isTmpfs { try? Linux.advise(base, length: size, MADV_HUGEPAGE) }
        if let twin = addresses.twin {
            _ = try? Linux.map(
                at: twin, length: size, protection: PROT_READ,
                flags: MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd: fd)
        }
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
        try preparePrivateMapping(range)
        try installPrivateMapping(range)
        notePrivate(range)
    }

    /// Notes that `range` is mapped MAP_PRIVATE while the pool is still shared.
    mutating func notePrivate(_ range: Range<Int>) {
        for page in (range.lowerBound / Linux.pageSize)..<(range.upperBound / Linux.pageSize) {
            privatePages.insert(page)
        }
    }

    /// Makes sure that `installPrivateMapping` of `range` can succeed. On failure nothing has changed.
    func preparePrivateMapping(_ range: Range<Int>) throws(SystemError) {
        if let twin = addresses.twin {
            // Write permission is what strict overcommit and RLIMIT_DATA may refuse.
            try Linux.protect(twin + range.lowerBound, length: range.count, PROT_READ | PROT_WRITE)
        } else {
            _ = try file.descriptor()
        }
    }

    /// Maps `range` MAP_PRIVATE. No write of another thread is lost.
    func installPrivateMapping(_ range: Range<Int>) throws(SystemError) {
        let target = base + range.lowerBound
        if let twin = addresses.twin {
            // The twin's addresses stay taken: nobody else's mapping may come to lie there.
            try Linux.move(
                twin + range.lowerBound, length: range.count, to: target, flags: MREMAP_DONTUNMAP)
        } else {
            _ = try Linux.map(
                at: target, length: range.count, protection: PROT_READ | PROT_WRITE,
                flags: MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd: try file.descriptor(),
                offset: range.lowerBound)
        }
    }

    /// The first range of bytes at or behind `offset` that is mapped shared, between private pages. Nil at the end.
    func nextShared(from offset: Int) -> Range<Int>? {
        var page = offset / Linux.pageSize
        while page < map.pageCount, privatePages.contains(page) { page &+= 1 }
        guard page < map.pageCount else { return nil }
        let end = privatePages.next(from: page) ?? map.pageCount
        return page &* Linux.pageSize..<end &* Linux.pageSize
    }

    /// Notes that the mapping is private now. The descriptor has no further use: whoever forks next may need
    /// its number more.
    mutating func becomePrivate() {
        sharing = .remappedPrivate
        file.close()
    }

    /// In a child: the pool is `copy` from now on. Closes the parent's file.
    ///
    /// What the copy was made of is not what the private pages hold: they were copied on write, by the kernel.
    mutating func adopt(_ copy: PoolFile) throws(SystemError) {
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
        try mapShared(copy)
        file.close()
        file = copy
    }

    /// In a child whose pool file is a copy with holes: only the steps in use have blocks.
    mutating func reserveOnlyWhatIsInUse() {
        reservation.startOver()
        var offset = 0
        while let range = nextStepsInUse(from: offset) {
            let last = (range.upperBound &- 1) / SpaceReservation.step
            for step in (range.lowerBound / SpaceReservation.step)...last {
                reservation.noteReserved(step: step)
            }
            offset = range.upperBound
        }
    }
}
