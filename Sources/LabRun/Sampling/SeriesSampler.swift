import WorkloadSchema

/// Glances at memory and space at a fixed rate, for their course over time.
struct SeriesSampler {
    private let source: any UsageSource
    /// Nanoseconds between two glances.
    let interval: UInt64
    private var due: UInt64 = 0
    /// What was seen, in the order of time.
    private(set) var samples: [UsageSeries.Sample] = []

    /// A sampler of `rate` glances a second, which has seen nothing yet; nil if that is 0.
    init?(rate: UInt64, _ source: some UsageSource) {
        guard rate > 0 else { return nil }
        self.source = source
        interval = 1_000_000_000 / rate
    }

    /// Glances if it is time to. Call it more often than that.
    mutating func look() {
        let now = source.now
        guard now >= due else { return }
        due = max(due, now) + interval
        let glance = source.glance()
        samples.append(UsageSeries.Sample(at: now, memory: glance.memory, space: glance.space))
    }
}

extension WorkloadReport {
    /// Adds `samples` over time, counted from the first fork; none if there was no fork, or nobody looked before it.
    mutating func addSeries(_ samples: [UsageSeries.Sample]) {
        usageSeries = usages.first { $0.boundary == .beforeFork && $0.fork == 1 }
            .flatMap { UsageSeries(samples, fork: $0.at) }
    }
}
