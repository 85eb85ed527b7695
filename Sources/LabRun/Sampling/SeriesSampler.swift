import WorkloadSchema

/// Records memory and space over time, by glances at a fixed rate.
struct SeriesSampler {
    private let source: any UsageSource
    /// Nanoseconds between two glances.
    let interval: UInt64
    private var due: UInt64 = 0
    /// The samples, in the order of time.
    private(set) var samples: [UsageSeries.Sample] = []

    /// A sampler with `rate` glances per second; nil if that is 0.
    init?(rate: UInt64, _ source: some UsageSource) {
        guard rate > 0 else { return nil }
        self.source = source
        interval = 1_000_000_000 / rate
    }

    /// Takes a sample if it is time. Must be called more often than that.
    mutating func look() {
        let now = source.now
        guard now >= due else { return }
        due = max(due, now) + interval
        let glance = source.glance()
        samples.append(UsageSeries.Sample(at: now, memory: glance.memory, space: glance.space))
    }
}

extension WorkloadReport {
    /// Adds `samples` over time, relative to the first fork; none if there was no fork, or no sample before it.
    mutating func addSeries(_ samples: [UsageSeries.Sample]) {
        usageSeries = usages.first { $0.boundary == .beforeFork && $0.fork == 1 }
            .flatMap { UsageSeries(samples, fork: $0.at) }
    }
}
