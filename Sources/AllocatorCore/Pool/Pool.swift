import CLinux

/// The heap's memory: one file, mapped once, handed out in runs of pages.
///
/// Not thread-safe: `Heap` holds its lock around every call that changes it. Nothing here allocates.
public struct Pool: ~Copyable {
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
    public internal(set) var addresses: AddressSpace
    /// Where new pool files are created.
    public let directory: PoolDirectory
    /// The file behind the mapping.
    public internal(set) var file: PoolFile
    /// How the file is mapped.
    public internal(set) var sharing = Sharing.shared
    /// Which pages are handed out.
    public internal(set) var map: PageMap
    /// Bytes up to the high-water mark: see `raiseHighWaterMark`.
    public internal(set) var highWaterMark = 0
    /// Which steps of the file have blocks.
    public internal(set) var reservation: SpaceReservation
    /// Pages that are mapped MAP_PRIVATE while the rest is shared: see `ChildWrites`.
    public internal(set) var privatePages: PageSet
    /// Pages that glibc writes in a child before the child has its own: to be made private by the next fork.
    public internal(set) var pagesWrittenByChild: PageSet
    /// Which steps of the mapping a core file holds.
    public internal(set) var dumped: DumpedSteps
    /// Whether two files here can share blocks; nil until a fork has tried.
    private(set) var canReflink: Bool?

    /// The address of the first byte.
    public var base: UnsafeMutableRawPointer { addresses.base }

    /// Notes what a fork has found out about sharing blocks, if it has. A no stands for good: another thread's fork may have
    /// been told yes before.
    mutating func noteReflinks(_ found: Bool?) {
        if let found, canReflink != false { canReflink = found }
    }

    /// Creates the file in the directory at `path`, reserves its space as `policy` says and maps it.
    ///
    /// Throws `SystemError`: that of the directory or the file, ENOSPC where the file system has no room, ENOMEM where
    /// there are no addresses. No file stays behind then.
    public static func create(
        size: Int, in path: UnsafePointer<CChar>, reservation policy: ReservationPolicy
    ) throws(SystemError) -> Pool {
        let notes = try Notes(poolSize: size)
        let directory = try PoolDirectory(path, memory: notes.path)
        let file = try PoolFile.create(in: directory.place, size: size)
        let isLazy = try reserve(file, size: size, policy: policy)
        var pool = Pool(
            size: size, addresses: try AddressSpace.reserve(size: size), directory: directory, file: file,
            isLazy: isLazy, notes)
        try pool.mapShared(pool.file.descriptor(), isTmpfs: pool.file.isTmpfs)
        return pool
    }

    private init(
        size: Int, addresses: AddressSpace, directory: consuming PoolDirectory, file: consuming PoolFile,
        isLazy: Bool, _ notes: Notes
    ) {
        let pageCount = size / Linux.pageSize
        self.size = size
        self.addresses = addresses
        self.directory = directory
        self.file = file
        map = PageMap(pageCount: pageCount, memory: notes.map)
        reservation = SpaceReservation(poolSize: size, isLazy: isLazy, memory: notes.reservation)
        privatePages = PageSet(pageCount: pageCount, memory: notes.privatePages)
        pagesWrittenByChild = PageSet(pageCount: pageCount, memory: notes.pagesWrittenByChild)
        dumped = DumpedSteps(poolSize: size, memory: notes.dumped)
    }

    /// The memory in which the pool notes what it knows of itself: outside it, private to each process, zeroed.
    private struct Notes {
        let path: UnsafeMutablePointer<CChar>
        let map: UnsafeMutableRawPointer
        let reservation: UnsafeMutableRawPointer
        let privatePages: UnsafeMutableRawPointer
        let pagesWrittenByChild: UnsafeMutableRawPointer
        let dumped: UnsafeMutableRawPointer

        init(poolSize: Int) throws(SystemError) {
            let pageCount = poolSize / Linux.pageSize
            let mapBytes = PageMap.bytesNeeded(pageCount: pageCount)
            let setBytes = PageSet.bytesNeeded(pageCount: pageCount)
            let reservationBytes = SpaceReservation.bytesNeeded(poolSize: poolSize)
            let memory = try Linux.map(
                at: nil,
                length: PoolDirectory.pathCapacity &+ mapBytes &+ reservationBytes &+ 2 &* setBytes
                    &+ DumpedSteps.bytesNeeded(poolSize: poolSize),
                protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd: -1
            )
            path = memory.bindMemory(to: CChar.self, capacity: PoolDirectory.pathCapacity)
            map = memory + PoolDirectory.pathCapacity
            reservation = map + mapBytes
            privatePages = reservation + reservationBytes
            pagesWrittenByChild = privatePages + setBytes
            dumped = pagesWrittenByChild + setBytes
        }
    }

    /// Takes or checks the file system's space. Returns whether the rest is to be reserved in steps.
    private static func reserve(
        _ file: borrowing PoolFile, size: Int, policy: ReservationPolicy
    ) throws(SystemError) -> Bool {
        switch policy {
        case .lazy: return true
        case .automatic where file.isTmpfs:
            try checkRoom(in: file, size: size)
            return true
        case .automatic:
            do throws(SystemError) {
                try file.allocate(file.descriptor(), offset: 0, length: size)
                return false
            } catch {
                guard error.code == EOPNOTSUPP else { throw error }
                DebugLog.note(
                    .operations, "no fallocate(2) here: zeroes take space, as extents are handed out")
                try checkRoom(in: file, size: size)
                return true
            }
        case .eager:
            try file.allocate(file.descriptor(), offset: 0, length: size)
            return false
        }
    }

    private static func checkRoom(in file: borrowing PoolFile, size: Int) throws(SystemError) {
        guard try file.freeBytes() >= size else { throw SystemError(ENOSPC) }
    }
}
