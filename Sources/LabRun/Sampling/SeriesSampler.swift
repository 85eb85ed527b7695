import LabBase
import WorkloadSchema

/// Glances at memory and space at a fixed rate, for their course over time.
struct SeriesSampler {
    private let tree: TreeUsage
    /// Nanoseconds between two glances.
    let interval: UInt64
    private var due: UInt64 = 0
    private var samples: [UsageSeries.Sample] = []

    /// A sampler of `rate` glances a second, which has seen nothing yet; nil if that is 0.
    init?(rate: UInt64, _ tree: TreeUsage) {
        guard rate > 0 else { return nil }
        self.tree = tree
        interval = 1_000_000_000 / rate
    }

    /// Glances if it is time to. Call it more often than that.
    mutating func look() {
        let now = Clock.nanoseconds
        guard now >= due else { return }
        due = max(due, now) + interval
        let glance = tree.glance()
        samples.append(UsageSeries.Sample(at: now, memory: glance.memory, space: glance.space))
    }

    /// What was seen, from just before the first fork of `report`; nil if nothing was.
    func series(of report: WorkloadReport) -> UsageSeries? {
        report.usages.first { $0.boundary == .beforeFork && $0.fork == 1 }
            .flatMap { UsageSeries(samples, fork: $0.at) }
    }
}
