import CLinux

/// Which steps of the pool file have blocks in the file system. Unless the user wants it otherwise, pages are handed out only with
/// blocks: without one, a write to a full file system would be SIGBUS and end the program.
///
/// A step is one word of the page map, 256 KiB. Eager pools have all blocks from the start and keep them. Lazy ones take blocks
/// when extents are handed out, or leave it to the first write, and give them back some time after the steps are free again
/// (`KeptSteps`). Not thread-safe: `Heap` locks.
public struct SpaceReservation {
    /// When a step gets its blocks.
    public enum Moment: Sendable {
        /// All at start, for good.
        case start
        /// When one of its pages is handed out.
        case handOut
        /// When one of its pages is handed out, but those of large extents as they are written.
        case handOutIfSmall
        /// As it is written.
        case write
    }

    /// The largest extent, in bytes, that has its blocks at once with `Moment.handOutIfSmall`. So small blocks need few page faults,
    /// and what is never written of a large one costs nothing.
    static let largestSmallExtent = 1 << 20

    /// The size of a step in bytes.
    public static let step = PageMap.pagesPerWord &* Linux.pageSize

    /// When steps get their blocks.
    public private(set) var moment: Moment

    /// Whether steps are reserved when handed out and given back when free.
    public var isLazy: Bool { moment != .start }

    /// Free steps that keep their blocks.
    var kept: KeptSteps

    private let reserved: UnsafeMutablePointer<UInt64>
    private let poolSize: Int

    /// The zeroed memory needed for a pool of `poolSize` bytes, in bytes.
    public static func bytesNeeded(poolSize: Int) -> Int {
        bitmapBytes(poolSize: poolSize) &+ PageSet.bytesNeeded(pageCount: poolSize / step &+ 1)
    }

    private static func bitmapBytes(poolSize: Int) -> Int { (poolSize / step / 64 &+ 1) &* 8 }

    /// A reservation without any steps. `memory` is zeroed and lives as long as the pool.
    public init(poolSize: Int, moment: Moment, memory: UnsafeMutableRawPointer) {
        self.poolSize = poolSize
        self.moment = moment
        let bitmapBytes = Self.bitmapBytes(poolSize: poolSize)
        kept = KeptSteps(stepCount: poolSize / Self.step &+ 1, memory: memory + bitmapBytes)
        reserved = memory.bindMemory(
            to: UInt64.self, capacity: bitmapBytes / 8)
    }

    /// Makes sure that all bytes in `range` have blocks, if they are to have them before they are written. Throws as
    /// `PoolFile.takeBlocks`; the blocks that could be reserved stay reserved.
    public mutating func cover(
        _ range: Range<Int>, of file: borrowing PoolFile, mappedAt base: UnsafeMutableRawPointer
    ) throws(SystemError) {
        let takes =
            switch moment {
            case .start, .handOut: true
            case .handOutIfSmall: range.count <= Self.largestSmallExtent
            case .write: false
            }
        try cover(range) { (offset, length) throws(SystemError) in
            guard takes else { return }
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
                kept.remove(step)
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

    /// Returns the blocks of free, reserved steps to the file system. The result says whether their bytes are zero now.
    public mutating func giveBack(_ steps: Range<Int>, mappedAt base: UnsafeMutableRawPointer) -> Bool {
        let offset = steps.lowerBound &* Self.step
        let length = min(steps.upperBound &* Self.step, poolSize) &- offset
        guard (try? Linux.advise(base + offset, length: length, MADV_REMOVE)) != nil else { return false }
        for step in steps { set(step, false) }
        return true
    }

    /// When the pool becomes private for good: the steps that are kept are to be anonymous memory when they are handed out. Their
    /// blocks can still be given back through another mapping of the file.
    mutating func leaveKept() {
        var next = kept.next(from: 0)
        while let step = next {
            set(step, false)
            next = kept.next(from: step &+ 1)
        }
    }

    /// Forgets all steps and becomes lazy: for a child whose pool file is a copy with holes.
    public mutating func startOver() {
        if moment == .start { moment = .handOut }
        kept.removeAll()
        memset(reserved, 0, Self.bitmapBytes(poolSize: poolSize))
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
