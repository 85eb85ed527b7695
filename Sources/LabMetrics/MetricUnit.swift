import LabBase

extension Metric {
    /// What its values count.
    package var unit: Quantity.Unit {
        switch self {
        case .phase, .laterPhase, .laterTail, .step, .laterStep, .lag, .latency, .laterLatency, .threadStall,
            .laterThreadStall, .threadStallBefore, .deepestForkStall, .longestGap, .startUp:
            .nanoseconds
        case .torn, .tornBlocks: .perThousand
        case .faults: .count
        case .forkBytes, .pageTables, .memoryCost, .systemMemoryCost, .fileSystemCost, .bytesWritten,
            .deviceBytesWritten, .childMemory:
            .bytes
        case .operationsPerSecond: .perSecond
        case .runnerShare, .usableShare: .share
        case .own(_, let unit), .laterOwn(_, let unit): unit
        }
    }

    /// Whether a lower value is better; nil where neither is.
    package var lowerIsBetter: Bool? {
        switch self {
        // What a program counts may mean anything.
        case .forkBytes(.live), .forkBytes(.shared), .lag, .own(_, .count), .laterOwn(_, .count): nil
        case .usableShare: false
        default: unit != .perSecond
        }
    }

    /// The amount below which a difference is never called one, in the metric's unit: reading the clock takes some tens
    /// of nanoseconds, and an allocator takes its memory in chunks.
    package var leastDifference: Double {
        switch unit {
        case .nanoseconds: 100
        case .bytes: 65536
        case .perThousand, .count: 1
        case .perSecond: 0
        case .share: 0.001
        }
    }
}
