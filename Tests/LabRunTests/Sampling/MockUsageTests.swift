import Testing

@testable import LabRun
@testable import WorkloadSchema

/// When samplers take samples, without a process to look at.
@Suite("Samplers with the test's own clock") struct MockUsageTests {
    private let usage = MockUsage()
    private static let mebibyte: Int64 = 1 << 20
    private static let millisecond: UInt64 = 1_000_000

    /// Calls `sampler` every 50 ms for a time in milliseconds; returns how many times it read the processes.
    private func looks(_ sampler: inout UsageSampler, for time: Int) -> Int {
        (0..<time / 50).count { _ in
            usage.change { $0.now += 50 * Self.millisecond }
            return sampler.sample(1) != nil
        }
    }

    @Test("If nothing grows, the processes are read once per second")
    func quiet() {
        var sampler = UsageSampler(usage)
        #expect(looks(&sampler, for: 50) == 1)
        #expect(looks(&sampler, for: 950) == 0)
        #expect(looks(&sampler, for: 3050) == 4)
        #expect(usage.change { $0.glances.count } == 81)
    }

    @Test("They are read as soon as memory or space has grown by a MiB, counted from the lowest glance")
    func rise() {
        var sampler = UsageSampler(usage)
        #expect(looks(&sampler, for: 50) == 1)
        usage.change { $0.memory = Self.mebibyte - 1 }
        #expect(looks(&sampler, for: 100) == 0)
        usage.change { $0.memory = Self.mebibyte }
        #expect(looks(&sampler, for: 100) == 1)
        usage.change { $0.memory = 0 }
        #expect(looks(&sampler, for: 100) == 0)
        usage.change { $0.memory = Self.mebibyte }
        #expect(looks(&sampler, for: 100) == 1)
        usage.change { $0.space = Self.mebibyte }
        #expect(looks(&sampler, for: 100) == 1)
        #expect(sampler.highest?.memory == Self.mebibyte && sampler.highest?.space == Self.mebibyte)
    }

    @Test("An expensive read is followed by a pause of 400 times its time, whatever grows")
    func cost() {
        var sampler = UsageSampler(usage)
        // 400 times 5 ms are two seconds.
        usage.change { $0.cost = 5 * Self.millisecond }
        #expect(looks(&sampler, for: 50) == 1)
        let first = usage.change { $0.reads[0] }
        for _ in 0..<40 {
            usage.change { $0.memory += Self.mebibyte }
            _ = looks(&sampler, for: 50)
        }
        #expect(usage.change { $0.reads } == [first, first + 2000 * Self.millisecond])
    }

    @Test("A sampler that waits reads nothing before the first child, and then starts with such a pause")
    func waiting() {
        var sampler = UsageSampler(usage, waits: true)
        usage.change { $0.hasChildren = false }
        #expect(looks(&sampler, for: 5000) == 0)
        #expect(usage.change { $0.glances.isEmpty } && sampler.highest == nil)
        usage.change { state in
            state.hasChildren = true
            // 50,000 pages of 75 ns: 3.75 ms, and 400 times that.
            state.residentPages = 50_000
        }
        for _ in 0..<30 {
            usage.change { $0.memory += Self.mebibyte }
            #expect(looks(&sampler, for: 50) == 0)
        }
        usage.change { $0.memory += Self.mebibyte }
        #expect(looks(&sampler, for: 50) == 1)
        #expect(sampler.highest?.memory == 31 * Self.mebibyte)
    }

    @Test("A series over time has a glance each time that one is due, and no more")
    func series() throws {
        #expect(SeriesSampler(rate: 0, usage) == nil)
        var sampler = try #require(SeriesSampler(rate: 10, usage))
        for _ in 0..<100 {
            sampler.look()
            usage.change { $0.now += 10 * Self.millisecond }
        }
        #expect(sampler.samples.map(\.at) == (0..<10).map { 1_000_000_000 + $0 * 100 * Self.millisecond })
        // After a pause it does not catch up.
        usage.change { $0.now += 1000 * Self.millisecond }
        sampler.look()
        sampler.look()
        #expect(sampler.samples.count == 11)
    }
}
