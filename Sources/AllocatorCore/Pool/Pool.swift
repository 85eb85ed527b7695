import CLinux

/// The heap's memory: one file, mapped once and handed out in runs of pages.
///
/// Not thread-safe: `Heap` holds its lock around every call that changes it. Nothing here allocates or traps, so all of it may
/// run in any phase of a fork.
public struct Pool: ~Copyable {
    /// How the pool file is mapped.
    public enum Sharing {
        /// MAP_SHARED: writes reach the file.
        case shared
        /// MAP_PRIVATE since a fork: writes are copied to RAM.
        case remappedPrivate
        /// MAP_PRIVATE since a fork whose child makes the copy: see `FrozenPool.swift`. Parts of it may be shared again.
        case frozen
    }

    /// Bytes, a multiple of the page size.
    public let size: Int
    /// The addresses of the pool, of its side area and of its twin.
    public internal(set) var addresses: AddressSpace
    /// Where new pool files are created.
    public let directory: PoolDirectory
    /// The file behind the mapping.
    public internal(set) var file: PoolFile
    /// How the file is mapped.
    public internal(set) var sharing = Sharing.shared
    /// Which pages are handed out.
    public internal(set) var map: PageMap
    /// Bytes below the high-water mark: see `raiseHighWaterMark`.
    public internal(set) var highWaterMark = 0
    /// Which steps of the file have blocks.
    public internal(set) var reservation: SpaceReservation
    /// Pages that are mapped MAP_PRIVATE although the rest is shared: see `ChildWrites`.
    public internal(set) var privatePages: PageSet
    /// Pages that glibc writes in a child before the child has its own heap. The next fork makes them private.
    public internal(set) var pagesWrittenByChild: PageSet
    /// Where blocks of free steps can still be given back after the pool has become private for good.
    var keptAside: KeptAside?
    /// Steps of `SpaceReservation.step` bytes that are mapped private while the pool is frozen.
    public internal(set) var frozenSteps: PageSet
    /// Frozen steps that are RAM alone: the file has no blocks for them.
    var stepsWithoutBlocks: PageSet
    /// Who may need the file of a frozen pool.
    var fileUse = FileUse()
    /// The process that froze the pool, which alone may fold it.
    var foldOwner: pid_t = 0
    /// The step that a fold has got to; nil where none has begun since the pool was frozen.
    var foldPosition: Int?
    /// The step that a fold of free steps alone has got to.
    var freeFoldPosition = 0
    /// The pieces of a frozen pool that are shared again.
    var sharedPieces = 0
    /// Whether folds beside threads may try userfaultfd(2).
    var mayProtect = true
    /// Why the last attempt did not fold all; nil if nothing was in the way.
    public internal(set) var foldObstacle: FoldObstacle?
    /// What folds have done.
    public internal(set) var foldTally = FoldTally()
    /// Which steps of the mapping go into a core file.
    public internal(set) var dumped: DumpedSteps
    /// Whether two files in the directory can share blocks; nil until a fork has tried.
    private(set) var canReflink: Bool?

    /// The address of the first byte.
    public var base: UnsafeMutableRawPointer { addresses.base }

    /// Records what a fork has found out about sharing blocks, if it has. A "no" is final: a "yes" of another thread's fork may
    /// be older.
    mutating func noteReflinks(_ found: Bool?) {
        if let found, canReflink != false { canReflink = found }
    }

    /// Creates the file in the directory at `path`, reserves its space according to `policy` and maps it.
    ///
    /// Throws what opening the directory and creating the file throw (`PoolDirectory`, `PoolFile.create`), ENOSPC or EDQUOT if
    /// the file system has no room, EOPNOTSUPP if it has no fallocate(2) and the policy is eager, ENODEV if it has no shared
    /// mappings, ENOMEM if there are no addresses. No file stays behind then. At start, while the process has one thread.
    public static func create(
        size: Int, in path: UnsafePointer<CChar>, reservation policy: ReservationPolicy
    ) throws(SystemError) -> Pool {
        let notes = try Notes(poolSize: size)
        let directory = try PoolDirectory(path, memory: notes.path)
        let file = try PoolFile.create(in: directory.place, size: size)
        let moment = try reserve(file, size: size, policy: policy)
        var pool = Pool(
            size: size, addresses: try AddressSpace.reserve(size: size), directory: directory, file: file,
            moment: moment, notes)
        try pool.mapShared(pool.file.descriptor(), isTmpfs: pool.file.isTmpfs)
        return pool
    }

    private init(
        size: Int, addresses: AddressSpace, directory: consuming PoolDirectory, file: consuming PoolFile,
        moment: SpaceReservation.Moment, _ notes: Notes
    ) {
        let pageCount = size / Linux.pageSize
        self.size = size
        self.addresses = addresses
        self.directory = directory
        self.file = file
        map = PageMap(pageCount: pageCount, memory: notes.map)
        reservation = SpaceReservation(poolSize: size, moment: moment, memory: notes.reservation)
        privatePages = PageSet(pageCount: pageCount, memory: notes.privatePages)
        pagesWrittenByChild = PageSet(pageCount: pageCount, memory: notes.pagesWrittenByChild)
        let stepCount = size / SpaceReservation.step &+ 1
        frozenSteps = PageSet(pageCount: stepCount, memory: notes.frozenSteps)
        stepsWithoutBlocks = PageSet(pageCount: stepCount, memory: notes.stepsWithoutBlocks)
        dumped = DumpedSteps(poolSize: size, memory: notes.dumped)
    }

    /// The memory for the pool's own bookkeeping: outside the pool, private to each process, zeroed.
    private struct Notes {
        let path: UnsafeMutablePointer<CChar>
        let map: UnsafeMutableRawPointer
        let reservation: UnsafeMutableRawPointer
        let privatePages: UnsafeMutableRawPointer
        let pagesWrittenByChild: UnsafeMutableRawPointer
        let dumped: UnsafeMutableRawPointer
        let frozenSteps: UnsafeMutableRawPointer
        let stepsWithoutBlocks: UnsafeMutableRawPointer

        init(poolSize: Int) throws(SystemError) {
            let pageCount = poolSize / Linux.pageSize
            let mapBytes = PageMap.bytesNeeded(pageCount: pageCount)
            let setBytes = PageSet.bytesNeeded(pageCount: pageCount)
            let stepSetBytes = PageSet.bytesNeeded(pageCount: poolSize / SpaceReservation.step &+ 1)
            let reservationBytes = SpaceReservation.bytesNeeded(poolSize: poolSize)
            let memory = try Linux.map(
                at: nil,
                length: PoolDirectory.pathCapacity &+ mapBytes &+ reservationBytes &+ 2 &* setBytes
                    &+ DumpedSteps.bytesNeeded(poolSize: poolSize)
                    &+ 2 &* stepSetBytes,
                protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd: -1
            )
            path = memory.bindMemory(to: CChar.self, capacity: PoolDirectory.pathCapacity)
            map = memory + PoolDirectory.pathCapacity
            reservation = map + mapBytes
            privatePages = reservation + reservationBytes
            pagesWrittenByChild = privatePages + setBytes
            dumped = pagesWrittenByChild + setBytes
            frozenSteps = dumped + DumpedSteps.bytesNeeded(poolSize: poolSize)
            stepsWithoutBlocks = frozenSteps + stepSetBytes
        }
    }

    /// Reserves the file system's space, or checks for it. Returns when steps get their blocks.
    private static func reserve(
        _ file: borrowing PoolFile, size: Int, policy: ReservationPolicy
    ) throws(SystemError) -> SpaceReservation.Moment {
        switch policy {
        case .lazy: return .handOut
        case .asWritten: return .write
        case .automatic where file.isTmpfs:
            try checkRoom(in: file, size: size)
            return try file.canBeFull() ? .handOut : .handOutIfSmall
        case .automatic:
            do throws(SystemError) {
                try file.allocate(file.descriptor(), offset: 0, length: size)
                return .start
            } catch {
                guard error.code == EOPNOTSUPP else { throw error }
                DebugLog.note(
                    .operations, "no fallocate(2) here: zeroes take space, as extents are handed out")
                try checkRoom(in: file, size: size)
                return .handOut
            }
        case .eager:
            try file.allocate(file.descriptor(), offset: 0, length: size)
            return .start
        }
    }

    private static func checkRoom(in file: borrowing PoolFile, size: Int) throws(SystemError) {
        guard try file.freeBytes() >= size else { throw SystemError(ENOSPC) }
    }
}
