import Testing

@testable import LabBase
@testable import LabRun
@testable import Measurement
@testable import WorkloadSchema

@Suite("Memory and space over time") struct SeriesSamplerTests {
    @Test("Growth counts from the last sample before the fork")
    func growth() throws {
        let samples: [UsageSeries.Sample] = [
            .init(at: 50, memory: 900, space: 7), .init(at: 90, memory: 1000, space: 8),
            .init(at: 120, memory: 1500, space: 8), .init(at: 300, memory: 700, space: 10),
        ]
        let series = try #require(UsageSeries(samples, fork: 100))
        #expect(series.times == [-50, -10, 20, 200])
        #expect(series.memory == [-100, 0, 500, -300] && series.space == [-1, 0, 0, 2])
        #expect(UsageSeries(samples, fork: 40) == nil)
        let reference = try #require(
            UsageSeries(samples.map { .init(at: $0.at, memory: $0.memory, space: nil) }, fork: 100))
        #expect(reference.memory == series.memory && reference.space == [])
    }

    @Test(
        "It looks at the rate that it is asked for, not at all at a rate of 0, and knows nothing without a fork"
    )
    func rate() throws {
        let tree = TreeUsage(pool: nil)
        #expect(SeriesSampler(rate: 0, tree) == nil)
        var sampler = try #require(SeriesSampler(rate: 20, tree))
        #expect(sampler.interval == 50_000_000)
        sampler.look()
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.addSeries(sampler.samples)
        #expect(report.usageSeries == nil)
        report.usages = [
            WorkloadReport.Usage(
                boundary: .beforeFork, fork: 1, depth: 1, at: Clock.nanoseconds, parent: MemoryCounters(),
                child: nil,
                system: SystemMemory(meminfo: KilobyteFields("")), fileSystem: nil)
        ]
        report.addSeries(sampler.samples)
        #expect(report.usageSeries?.times.count == 1)
    }
}
