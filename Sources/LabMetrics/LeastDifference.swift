import LabBase

extension Metric {
    /// The amount below which a difference never counts, in the metric's unit: reading the clock takes a few dozen
    /// nanoseconds, and an allocator takes its memory in chunks.
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
