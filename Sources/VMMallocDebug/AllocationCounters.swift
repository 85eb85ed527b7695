/// Counts what the malloc family did in this process. May be called from any thread and signal handler.
enum AllocationCounters {
    /// Calls that returned a new block.
    static let allocated = Counter()
    /// Calls that freed a block.
    static let freed = Counter()
    /// Calls that moved or resized a block.
    static let resized = Counter()
    /// Calls that returned an error.
    static let failed = Counter()
    /// Blocks that the process inherited when it was forked.
    static let inherited = Counter()
    /// Bytes in live blocks, including what rounding up adds.
    static let liveBytes = Counter()
    /// The most bytes that there ever were in live blocks.
    static let peakLiveBytes = Counter()

    static func noteAllocated(_ size: Int) {
        allocated.add()
        grow(by: size)
    }

    static func noteResized(from old: Int, to size: Int) {
        resized.add()
        grow(by: size &- old)
    }

    static func noteFreed(_ size: Int) {
        freed.add()
        grow(by: 0 &- size)
    }

    /// The calls so far. Frees are read first, so that no free is counted without its allocation while other threads go on.
    static var calls: (allocated: UInt64, freed: UInt64) {
        let freed = freed.now
        return (allocated.now, freed)
    }

    /// The number of live blocks after these calls.
    static func liveBlocks(after calls: (allocated: UInt64, freed: UInt64)) -> UInt64 {
        inherited.now &+ calls.allocated &- calls.freed
    }

    /// In a child, on its only thread: its blocks count as inherited, and its own calls start at 0.
    static func startOverInChild() {
        inherited.set(to: liveBlocks(after: calls))
        allocated.set(to: 0)
        freed.set(to: 0)
        resized.set(to: 0)
        failed.set(to: 0)
        peakLiveBytes.set(to: liveBytes.now)
    }

    private static func grow(by bytes: Int) {
        peakLiveBytes.raise(to: liveBytes.add(UInt64(truncatingIfNeeded: bytes)))
    }
}
