import CLinux

/// VMMALLOC_LOG_STATS: figures about the process, one per line, written when it ends.
enum Statistics {
    /// Writes them. Takes no lock that the thread may hold, so it may be called however the process ends.
    static func write(_ heap: Heap) {
        let pool = heap.statistics
        write("pool size", bytes: pool.poolSize)
        write("pool in use", bytes: pool.bytesInUse)
        write("pool in use, peak", bytes: pool.peakBytesInUse)
        write("largest free run", bytes: pool.longestFreeRun)
        write("extents", ExtentCount.current.now)
        write("extents handed out", ExtentCount.handedOut.now)
        // Read once: other threads may still run, and the figures must agree.
        let calls = AllocationCounters.calls
        write("blocks live", AllocationCounters.liveBlocks(after: calls))
        write("blocks live, inherited by fork", AllocationCounters.inherited.now)
        write("bytes live", bytes: AllocationCounters.liveBytes.now)
        write("bytes live, peak", bytes: AllocationCounters.peakLiveBytes.now)
        write("calls that allocated", calls.allocated)
        write("calls that freed", calls.freed)
        write("calls that resized", AllocationCounters.resized.now)
        write("calls that failed", AllocationCounters.failed.now)
        write("forks", pool.forks.total)
        var number: UInt32 = 0
        while let action = ForkReport.Action(rawValue: number) {
            if pool.forks.count(of: action) > 0 {
                write("forks, \(action.name)", pool.forks.count(of: action))
            }
            number &+= 1
        }
        write("bytes copied by forks", bytes: pool.forks.bytesCopied)
        guard pool.folds.folds > 0 || pool.bytesToFold > 0 else { return }
        write("folds", pool.folds.folds)
        write("bytes folded", bytes: pool.folds.bytes)
        write("bytes that wait for a fold", bytes: pool.bytesToFold)
        if let obstacle = pool.foldObstacle { write("obstacle, \(obstacle.name)", 1) }
    }

    private static func write(_ name: MessageLine, _ number: UInt64) {
        DebugLog.current.write(label: "stats", figure(name, number))
    }

    private static func write(_ name: MessageLine, bytes: UInt64) {
        var line = figure(name, bytes)
        line.append("  ")
        line.append(size: bytes)
        DebugLog.current.write(label: "stats", line)
    }

    private static func figure(_ name: MessageLine, _ number: UInt64) -> MessageLine {
        var line = name
        line.pad(to: 32)
        line.append(number, width: 16)
        return line
    }
}
