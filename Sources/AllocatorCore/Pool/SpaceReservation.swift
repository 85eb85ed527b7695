import CLinux

/// Which steps of the pool file have blocks in the file system. Pages are handed out only with blocks: without one, a write
/// to a full file system would be SIGBUS and end the program.
///
/// A step is one word of the page map, 256 KiB. Eager pools have all blocks from the start and keep them. Lazy ones reserve
/// blocks when extents are handed out and return them when the steps are free again. Not thread-safe: `Heap` locks.
public struct SpaceReservation {
    /// The size of a step in bytes.
    public static let step = PageMap.pagesPerWord &* Linux.pageSize

    /// Whether steps are reserved when handed out and given back when free.
    public private(set) var isLazy: Bool

    private let reserved: UnsafeMutablePointer<UInt64>
    private let poolSize: Int

    /// The zeroed memory needed for a pool of `poolSize` bytes, in bytes.
    public static func bytesNeeded(poolSize: Int) -> Int {
        (poolSize / step / 64 &+ 1) &* 8
    }

    /// A reservation without any steps. `memory` is zeroed and lives as long as the pool.
    public init(poolSize: Int, isLazy: Bool, memory: UnsafeMutableRawPointer) {
        self.poolSize = poolSize
        self.isLazy = isLazy
        reserved = memory.bindMemory(
            to: UInt64.self, capacity: Self.bytesNeeded(poolSize: poolSize) / 8)
    }

    /// Makes sure that all bytes in `range` have blocks. Throws as `PoolFile.takeBlocks`; the blocks that could be reserved stay
    /// reserved.
    public mutating func cover(
        _ range: Range<Int>, of file: borrowing PoolFile, mappedAt base: UnsafeMutableRawPointer
    ) throws(SystemError) {
        try cover(range) { (offset, length) throws(SystemError) in
            try file.takeBlocks(offset: offset, length: length, mappedAt: base + offset)
        }
    }

    /// The same for a pool that is mapped privately: steps without blocks become anonymous memory. (On tmpfs a private copy of
    /// a hole would first take a block.) Throws ENOMEM.
    public mutating func coverPrivately(
        _ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer
    ) throws(SystemError) {
        try cover(range) { (offset, length) throws(SystemError) in
            _ = try Linux.map(
                at: base + offset, length: length, protection: PROT_READ | PROT_WRITE,
                flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, fd: -1)
        }
    }

    /// Calls `reserve` for the steps of `range` that are not reserved yet, once for each run of them.
    private mutating func cover(
        _ range: Range<Int>, _ reserve: (_ offset: Int, _ length: Int) throws(SystemError) -> Void
    ) throws(SystemError) {
        guard isLazy else { return }
        let last = (range.upperBound &- 1) / Self.step
        var step = range.lowerBound / Self.step
        while step <= last {
            if isReserved(step) {
                step &+= 1
                continue
            }
            var end = step &+ 1
            while end <= last, !isReserved(end) { end &+= 1 }
            let offset = step &* Self.step
            let length = min(end &* Self.step, poolSize) &- offset
            try reserve(offset, length)
            for covered in step..<end { set(covered, true) }
            step = end
        }
    }

    /// Returns the blocks of one free step to the file system. The result says whether its bytes are zero now.
    public mutating func giveBack(step: Int, mappedAt base: UnsafeMutableRawPointer) -> Bool {
        guard isLazy, isReserved(step) else { return false }
        let offset = step &* Self.step
        let length = min(Self.step, poolSize &- offset)
        guard (try? Linux.advise(base + offset, length: length, MADV_REMOVE)) != nil else { return false }
        set(step, false)
        return true
    }

    /// Forgets all steps and becomes lazy: for a child whose pool file is a copy with holes.
    public mutating func startOver() {
        isLazy = true
        for step in 0...(poolSize / Self.step) { set(step, false) }
    }

    /// Records that a step has blocks.
    public mutating func noteReserved(step: Int) { set(step, true) }

    /// Notes that a step has none, since what served in their place is gone.
    mutating func noteNotReserved(step: Int) { set(step, false) }

    /// Whether a step has blocks, or what serves in their place.
    func isReserved(_ step: Int) -> Bool {
        reserved[step / 64] & (1 &<< UInt64(truncatingIfNeeded: step % 64)) != 0
    }

    private func set(_ step: Int, _ value: Bool) {
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: step % 64)
        if value { reserved[step / 64] |= bit } else { reserved[step / 64] &= ~bit }
    }
}
