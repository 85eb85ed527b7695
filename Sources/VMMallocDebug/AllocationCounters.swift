/// What the malloc family did in this process. May be called from any thread and signal handler.
enum AllocationCounters {
    /// Calls that returned a new block.
    static let allocated = Counter()
    /// Calls that freed a block.
    static let freed = Counter()
    /// Calls that moved or resized a block.
    static let resized = Counter()
    /// Calls that returned an error.
    static let failed = Counter()
    /// Blocks that the process had from its parent when it was forked.
    static let inherited = Counter()
    /// Bytes of live blocks, what rounding up adds included.
    static let liveBytes = Counter()
    /// The most that they ever were.
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

    /// The calls so far. Freed is read first: no free is counted without its allocation, though other threads go on.
    static var calls: (allocated: UInt64, freed: UInt64) {
        let freed = freed.now
        return (allocated.now, freed)
    }

    /// Blocks that are live after these calls.
    static func liveBlocks(after calls: (allocated: UInt64, freed: UInt64)) -> UInt64 {
        inherited.now &+ calls.allocated &- calls.freed
    }

    /// In a child, on its only thread: what it has was handed to it, its own calls begin.
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
