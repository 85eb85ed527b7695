import Measurement
import WorkloadSchema

extension Metric {
    /// Every metric.
    package static let all: [Metric] =
        Phase.allCases.map(Metric.phase) + [
            .pageTables, .memoryCost, .systemMemoryCost, .fileSystemCost, .bytesWritten, .deviceBytesWritten,
            .childMemory, .deepestForkStall, .operationsPerSecond, .startUp, .runnerShare, .longestGap,
        ]
        + FilledHeap.allCases.map(Metric.usableShare)
        + LatencyWindow.allCases.flatMap { window in
            LatencyQuantile.allCases.map { Metric.latency(window, $0) }
        }
        + StalledThread.allCases.map(Metric.threadStall)
        + StalledThread.allCases.map(Metric.threadStallBefore) + ForkStep.allCases.map(Metric.step)
        + ForkBytes.allCases.map(Metric.forkBytes)
        + PairPlacement.allCases.map(Metric.torn) + PairPlacement.allCases.map(Metric.lag)
        + Phase.allCases.filter { $0 != .fill }.map(Metric.laterPhase)
        + [Phase.forkStall, .spawn].map(Metric.laterTail) + [.tornBlocks]
        + LatencyWindow.allCases.flatMap { window in
            LatencyQuantile.allCases.map { Metric.laterLatency(window, $0) }
        }
        + StalledThread.allCases.map(Metric.laterThreadStall)
        + ForkStep.allCases.map(Metric.laterStep)
        + Phase.allCases.filter { $0 != .fill }.map(Metric.faults)

    /// The metric of that name; nil if there is none.
    package init?(name: String) {
        guard let metric = Metric.all.first(where: { $0.name == name }) else { return nil }
        self = metric
    }

    /// Its name: "fork_stall".
    package var name: String {
        switch self {
        case .phase(let phase): phase.rawValue
        case .laterPhase(let phase): "later_\(phase.rawValue)"
        case .laterTail(let phase): "later_\(phase.rawValue)_p99"
        case .tornBlocks: "torn_blocks"
        case .step(let step): step.rawValue
        case .laterStep(let step): "later_\(step.rawValue)"
        case .forkBytes(let bytes): bytes.rawValue
        case .torn(let pair): "torn_\(pair.rawValue)"
        case .lag(let pair): "lag_\(pair.rawValue)"
        case .latency(let window, let quantile): "latency_\(window.rawValue)_\(quantile.rawValue)"
        case .laterLatency(let window, let quantile):
            "later_latency_\(window.rawValue)_\(quantile.rawValue)"
        case .threadStall(let thread): thread.rawValue
        case .laterThreadStall(let thread): "later_\(thread.rawValue)"
        case .threadStallBefore(let thread): "\(thread.rawValue)_before"
        case .faults(let phase): "faults_\(phase.rawValue)"
        case .deepestForkStall: "deepest_fork_stall"
        case .pageTables: "page_tables"
        case .memoryCost: "memory_cost"
        case .systemMemoryCost: "system_memory_cost"
        case .fileSystemCost: "file_system_cost"
        case .bytesWritten: "bytes_written"
        case .deviceBytesWritten: "device_bytes_written"
        case .childMemory: "child_memory"
        case .operationsPerSecond: "operations_per_second"
        case .startUp: "start_up"
        case .usableShare(let heap): heap.rawValue
        case .runnerShare: "runner_share"
        case .longestGap: "longest_gap"
        case .own(let name, _): name
        case .laterOwn(let name, _): Self.laterPrefix + name
        }
    }
}
