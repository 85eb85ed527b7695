import LabBase
import Measurement
import WorkloadSchema

/// A number that can be read from a workload's report, under the name that scenarios and reports use.
package enum Metric: Hashable, Sendable {
    /// The duration of a phase of the first fork.
    case phase(Phase)
    /// The median duration of a phase over all later forks: `later_fork_stall`.
    case laterPhase(Phase)
    /// The 99 % quantile of a phase over all later forks: `later_spawn_p99`.
    case laterTail(Phase)
    /// A step of the first fork, as the library reports it.
    case step(ForkStep)
    /// The median of a step over all later forks: `later_prepare`.
    case laterStep(ForkStep)
    /// Bytes of the first fork, as the library reports them.
    case forkBytes(ForkBytes)
    /// Snapshots among a thousand in which a pair of words was torn: `torn_far_ascending`.
    case torn(PairPlacement)
    /// Blocks among a thousand that children found half-written although no thread can have been in the middle of them.
    case tornBlocks
    /// By how much the second word was newer in the median snapshot: `lag_low_heap_to_global`.
    case lag(PairPlacement)
    /// A quantile of the latencies that the probe of a store or program saw around the first fork:
    /// `latency_during_p99`.
    case latency(LatencyWindow, LatencyQuantile)
    /// The median of that quantile over all later forks: `later_latency_during_p99`.
    case laterLatency(LatencyWindow, LatencyQuantile)
    /// The longest that the first fork held up another thread of the parent: `thread_stall`, `thread_stall_idle`.
    case threadStall(StalledThread)
    /// The median of that over all later forks: `later_thread_stall`.
    case laterThreadStall(StalledThread)
    /// The longest that such a thread was held up before the first fork: what the machine does by itself.
    case threadStallBefore(StalledThread)
    /// Page faults of a phase of the first fork, with and without I/O: `faults_parent_first_write`.
    case faults(Phase)
    /// The median of the fork stalls in the deepest generation that forked.
    case deepestForkStall
    /// Page tables of the parent before the first fork.
    case pageTables
    /// How much anonymous memory and page tables of parent and child grew from before the first fork to
    /// their peak.
    case memoryCost
    /// The same of the whole system's AnonPages, Shmem and PageTables: only for quiet machines.
    case systemMemoryCost
    /// How much anonymous memory of the parent grew, where its heap lies in a pool.
    case parentMemory(ParentMemory)
    /// What was folded after the first fork.
    case fold(FoldAmount)
    /// How much space the pool's file system lost from before the first fork to its peak.
    case fileSystemCost
    /// Bytes that parent and child sent to storage from before the first fork to the child's end.
    case bytesWritten
    /// Bytes that reached the device of the pool's file system in that time, whoever wrote them: only for
    /// quiet machines.
    case deviceBytesWritten
    /// The mean Pss of the children when all have written their shares.
    case childMemory
    /// Pairs of malloc and free per second.
    case operationsPerSecond
    /// The median time from posix_spawn of /bin/true to its end.
    case startUp
    /// What a start does, counted.
    case startCount(StartCount)
    /// The share of the pool that blocks can use.
    case usableShare(FilledHeap)
    /// The processor time of the runner as a share of that of the trial: what measuring costs.
    case runnerShare
    /// The longest time without any answer to the probe of a program, from the first trigger until its effect
    /// was over.
    case longestGap
    /// A number that a program reports after the first trigger, under the name that its scenario gives it.
    case own(String, Quantity.Unit)
    /// The median of that number over all later triggers: `later_NAME`.
    case laterOwn(String, Quantity.Unit)

    /// Quantiles of a latency. The raw value is its part of a metric's name.
    package enum LatencyQuantile: String, CaseIterable, Sendable {
        /// The median.
        case p50
        /// The 99 % quantile.
        case p99
        /// The 99.9 % quantile.
        case p999
        /// The longest.
        case max

        /// The share of requests that it covers, from 0 to 1.
        package var share: Double {
            switch self {
            case .p50: 0.5
            case .p99: 0.99
            case .p999: 0.999
            case .max: 1
            }
        }
    }

    /// The other threads of a parent. The raw value is the metric's name.
    package enum StalledThread: String, CaseIterable, Sendable {
        /// One that allocates, writes and frees.
        case allocating = "thread_stall"
        /// One that only computes.
        case computing = "thread_stall_idle"

        /// The name of its probe in a report.
        package var probe: String {
            switch self {
            case .allocating: LatencyProfile.allocatingThread
            case .computing: LatencyProfile.computingThread
            }
        }
    }

    /// What one start of a program does. The raw value is the metric's name.
    package enum StartCount: String, CaseIterable, Sendable {
        /// Page faults.
        case pageFaults = "start_page_faults"
        /// System calls.
        case systemCalls = "start_system_calls"
        /// The most memory resident at once.
        case peakMemory = "start_peak_memory"
        /// Instructions in user mode.
        case instructions = "start_instructions"

        var words: String {
            switch self {
            case .pageFaults: "page faults of one start of the program, with its children"
            case .systemCalls: "system calls of one start of the program, with its children"
            case .peakMemory: "the most memory that the program had resident"
            case .instructions:
                "instructions of one start of the program, with its children, outside the kernel"
            }
        }

        func value(_ counts: StartCounts) -> Double? {
            switch self {
            case .pageFaults: Double(counts.pageFaults)
            case .systemCalls: Double(counts.systemCalls)
            case .peakMemory: Double(counts.peakMemory)
            case .instructions: counts.instructions.map { Double($0) }
            }
        }
    }

    /// When the pool was filled. The raw value is the metric's name.
    package enum FilledHeap: String, CaseIterable, Sendable {
        /// In a fresh pool.
        case fresh = "usable_share"
        /// After a long random run with the pool full all the time.
        case afterRun = "usable_share_after_run"
        /// After everything was freed.
        case afterFree = "usable_share_after_free"
    }

    /// When the parent's memory was read. The raw value is the metric's name.
    package enum ParentMemory: String, CaseIterable, Sendable {
        /// At its peak, until the child was gone.
        case peak = "parent_memory"
        /// When the child was gone, and the heap folded where it was to be.
        case left = "parent_memory_left"
    }

    /// Amounts of folds. The raw value is the metric's name.
    package enum FoldAmount: String, CaseIterable, Sendable {
        /// How long all runs took.
        case time = "fold_time"
        /// How long the longest took.
        case pause = "fold_pause"
        /// What they wrote to the file.
        case bytes = "fold_bytes"
        /// How long they took for each page that they wrote.
        case timePerPage = "fold_time_per_page"
    }

    /// Amounts that the library reports. The raw value is the metric's name.
    package enum ForkBytes: String, CaseIterable, Sendable {
        /// Bytes in use when the fork began.
        case live = "bytes_live"
        /// Bytes written or moved by the copy.
        case copied = "bytes_copied"
        /// Bytes shared by the files of parent and child.
        case shared = "bytes_shared"

        func amount(_ account: ForkAccount) -> UInt64 {
            switch self {
            case .live: account.bytesLive
            case .copied: account.bytesCopied
            case .shared: account.bytesShared
            }
        }
    }
}
