/// What a heap is and was: the figures of VMMALLOC_LOG_STATS that the allocator core knows. In bytes.
public struct HeapStatistics {
    /// VMMALLOC_POOL_SIZE.
    public let poolSize: UInt64
    /// In extents that are handed out, and in metadata that lies in the pool.
    public let bytesInUse: UInt64
    /// The most that was in use at once.
    public let peakBytesInUse: UInt64
    /// The longest run of pages that are free.
    public let longestFreeRun: UInt64
    /// The forks of this process.
    public let forks: ForkTally

    init(_ pool: borrowing Pool, _ forks: ForkTally) {
        func bytes(_ pages: Int) -> UInt64 { UInt64(truncatingIfNeeded: pages &* Linux.pageSize) }
        poolSize = UInt64(truncatingIfNeeded: pool.size)
        bytesInUse = bytes(pool.map.pagesInUse)
        peakBytesInUse = bytes(pool.map.peakPagesInUse)
        longestFreeRun = bytes(pool.map.longestFreeRun)
        self.forks = forks
    }
}
