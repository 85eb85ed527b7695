/// Figures about a heap, in bytes: those of VMMALLOC_LOG_STATS that the allocator core knows.
public struct HeapStatistics {
    /// VMMALLOC_POOL_SIZE.
    public let poolSize: UInt64
    /// Bytes in extents that are handed out, and in metadata in the pool.
    public let bytesInUse: UInt64
    /// The most bytes that were ever in use at once.
    public let peakBytesInUse: UInt64
    /// The length of the longest run of free pages.
    public let longestFreeRun: UInt64
    /// What the forks of this process have done.
    public let forks: ForkTally
    /// What folds have done.
    public let folds: FoldTally
    /// Bytes of the pool that wait to be folded.
    public let bytesToFold: UInt64
    /// Why they were not folded at the last attempt, if anything was in the way.
    public let foldObstacle: FoldObstacle?

    init(_ pool: borrowing Pool, _ forks: ForkTally) {
        func bytes(_ pages: Int) -> UInt64 { UInt64(truncatingIfNeeded: pages &* Linux.pageSize) }
        poolSize = UInt64(truncatingIfNeeded: pool.size)
        bytesInUse = bytes(pool.map.pagesInUse)
        peakBytesInUse = bytes(pool.map.peakPagesInUse)
        longestFreeRun = bytes(pool.map.longestFreeRun)
        self.forks = forks
        folds = pool.foldTally
        bytesToFold = UInt64(truncatingIfNeeded: pool.bytesToFold)
        foldObstacle = pool.foldObstacle
    }
}
