import LabMetrics
import Measurement
import WorkloadSchema

extension Metric {
    /// What it means, one line for a reader of the report.
    var explanation: String {
        switch self {
        case .phase(let phase): phase.explanation
        case .laterPhase(let phase): "median over all later forks of: \(phase.explanation)"
        case .laterTail(let phase): "99 % quantile over all later forks of: \(phase.explanation)"
        case .step(let step): step.explanation
        case .laterStep(let step): "median over all later forks of: \(step.explanation)"
        case .forkBytes(.live): "bytes in use when the first fork began, as the library says"
        case .forkBytes(.copied): "bytes that the copy of the first fork wrote or moved"
        case .forkBytes(.shared): "bytes that the files of parent and child share after the first fork"
        case .torn(let pair):
            "snapshots among a thousand in which a pair of words was torn (\(pair.rawValue))"
        case .tornBlocks:
            "blocks among a thousand that children found half written, beyond those that a thread was in the middle of"
        case .lag(let pair): "by how much the second word was newer in the median snapshot (\(pair.rawValue))"
        case .latency(let window, let quantile):
            "\(quantile.words) of the requests \(window.words), from when each was due"
        case .laterLatency(let window, let quantile):
            "median over all later forks of: \(quantile.words) of the requests \(window.words)"
        case .laterThreadStall(let thread):
            "median over all later forks of how long \(thread.words) was held up at most by them"
        case .threadStall(let thread): "how long \(thread.words) was held up at most by the first fork"
        case .threadStallBefore(let thread):
            "how long \(thread.words) was held up at most before the first fork"
        case .faults(let phase): "page faults of the acting process in: \(phase.explanation)"
        case .deepestForkStall:
            "median of what the callers of fork wait in the deepest generation that forked"
        case .bytesWritten:
            "bytes that parent and child sent to storage, from before the first fork to the child's end"
        case .deviceBytesWritten:
            "bytes that reached the device in that time, whoever wrote them: only for quiet machines"
        case .childMemory: "Pss of a child, in the mean of all, when they have written their shares"
        case .pageTables: "page tables of the parent before the first fork"
        case .memoryCost:
            "growth of anonymous memory and page tables of parent and child, from before the first fork to the peak"
        case .systemMemoryCost:
            "growth of the whole system's AnonPages, Shmem and PageTables: only for quiet machines"
        case .fileSystemCost: "space that the pool's file system lost, from before the first fork to the peak"
        case .startUp: "a start of /bin/true, from posix_spawn to its end, in the median"
        case .usableShare(let heap): "the share of the pool that blocks can take, \(heap.words)"
        case .runnerShare: "the processor time that the runner took, as a share of what the trial took"
        case .longestGap: "the longest time without any answer to the probe, from the first trigger on"
        case .own(let name, _): "\(name), as the program tells it after the first trigger"
        case .laterOwn(let name, _): "median over all later triggers of \(name), as the program tells it"
        case .operationsPerSecond: "pairs of malloc and free a second, all threads together"
        }
    }
}

extension Phase {
    fileprivate var explanation: String {
        switch self {
        case .fill: "filling the heap before the first fork"
        case .forkStall: "what the caller of fork waits"
        case .spawn: "from the call of fork until the child has executed its program and ended"
        case .startAll: "forking all the children of a process, until the last child runs"
        case .childFirstInstruction: "from just before fork until it has returned in the child"
        case .parentFirstWrite: "the parent's first write to each block of its share after the fork"
        case .childFirstWrite: "the child's first write to each block of its share"
        case .childFirstRead: "the child's first read of the blocks that it did not write"
        case .parentFirstRead: "the parent's first read of every block after the fork"
        case .parentReallocate: "the parent frees and allocates its share again"
        case .childReallocate: "the child frees and allocates its share again"
        case .childExit: "from the child's last instruction until the parent learns that it is gone"
        }
    }
}

extension ForkStep {
    fileprivate var explanation: String {
        switch self {
        case .reserve: "the part of fork before any lock, where it may be refused"
        case .prepare: "the part of fork with the allocator's locks held: remap or copy"
        case .kernelFork: "the kernel's fork, and the way to a processor"
        case .resumeParent: "the parent's handler after the fork"
        case .resumeChild: "the child's handler after the fork"
        }
    }
}

extension LatencyWindow {
    fileprivate var words: String {
        switch self {
        case .before: "answered before the first fork"
        case .during: "that the first fork can have held up"
        case .after: "due after the first fork, while the child lived"
        case .afterExit: "due when the child was gone"
        }
    }
}

extension Metric.LatencyQuantile {
    fileprivate var words: String {
        self == .max ? "the longest latency" : "the \(share) quantile of the latency"
    }
}

extension Metric.StalledThread {
    fileprivate var words: String {
        switch self {
        case .allocating: "a thread of the parent that allocates and frees"
        case .computing: "a thread of the parent that only computes"
        }
    }
}

extension Metric.FilledHeap {
    fileprivate var words: String {
        switch self {
        case .fresh: "fresh"
        case .afterRun: "after a long random run with the pool full"
        case .afterFree: "when all was free again"
        }
    }
}
