import Testing

@testable import LabBase
@testable import Measurement

@Suite("Latencies around a fork") struct LatencyProfileTests {
    /// A log of requests every millisecond from 1 ms on, answered after 10 us, except that those due in `stall` are answered
    /// at its end, one after the other.
    private func log(count: Int, stall: Range<UInt64>) throws -> LatencyLog {
        let log = try LatencyLog(capacity: count)
        log.begin(start: 1_000_000, interval: 1_000_000)
        var free: UInt64 = 0
        for number in 0..<count {
            let due = UInt64(number + 1) * 1_000_000
            let sent = max(due, free)
            free = stall.contains(due) ? max(sent, stall.upperBound) + 10_000 : sent + 10_000
            log.append(sent: sent, done: free, succeeded: true)
        }
        return log
    }

    @Test("A stall counts for every request due during it, from when it was due")
    func noCoordinatedOmission() throws {
        let moments = ForkMoments(begin: 100_500_000, end: 150_500_000, childExit: 200_500_000)
        let profile = LatencyProfile(
            probe: "store", fork: 1, moments: moments,
            logs: [try log(count: 300, stall: 100_500_000..<150_500_000)])
        #expect(profile[.before].count == 100 && profile[.before].quantile(1) == 10_000)
        #expect(profile[.during].count == 50)
        // Due half a millisecond into the stall, and answered first: the rest of the stall, plus 10 us.
        #expect(profile[.during].quantile(1) == 49_510_000)
        let median = try #require(profile[.during].quantile(0.5))
        #expect((24_000_000...26_500_000).contains(median))
        #expect(profile[.after].count == 50 && profile[.afterExit].count == 100)
        #expect(profile.forkNanoseconds == 50_000_000 && profile.childExitNanoseconds == 100_000_000)
        // Sent late because of the stall, not the timer.
        #expect(profile.lateness.quantile(1) == 0)
    }

    @Test("The timeline shows the stall where it was, and slots without a request as empty")
    func timeline() throws {
        let requests = [(90, 1), (101, 7), (101, 9), (103, 5)].map { due, latency in
            LatencyLog.Request(
                due: UInt64(due) * 1000, sent: UInt64(due) * 1000, done: UInt64(due + latency) * 1000)
        }
        let timeline = LatencyTimeline(
            requests, fork: 100_500, extent: .init(slot: 1000, before: 20_000, after: 20_000))
        #expect(timeline.start == -11_000 && timeline.slot == 1000)
        #expect(timeline.counts == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])
        #expect(timeline.maxima[11] == 9000 && timeline.medians[11] == 9000 && timeline.medians[13] == 5000)
    }

    @Test("Requests beyond the extent are in the windows, not in the timeline")
    func extent() throws {
        let log = try log(count: 300, stall: 0..<0)
        let moments = ForkMoments(begin: 150_000_000, end: 150_000_001, childExit: nil)
        let profile = LatencyProfile(
            probe: "store", fork: 1, moments: moments, logs: [log],
            extent: .init(slot: 1_000_000, before: 10_000_000, after: 20_000_000))
        #expect(profile.timeline.counts.count == 30 && profile.timeline.start == -10_000_000)
        #expect(profile[.before].count == 149 && profile[.during].count == 1 && profile[.after].count == 150)
    }

    @Test("Each request counts for one of several forks")
    func severalForks() throws {
        let log = try log(count: 300, stall: 0..<0)
        let forks = [100, 200].map { at in
            ForkMoments(
                begin: at * 1_000_000 + 500_000, end: at * 1_000_000 + 600_000,
                childExit: at * 1_000_000 + 10_500_000)
        }
        let first = LatencyProfile(
            probe: "store", fork: 1, moments: forks[0], logs: [log], next: forks[1])
        let second = LatencyProfile(
            probe: "store", fork: 2, moments: forks[1], logs: [log], previous: forks[0])
        #expect(LatencyWindow.allCases.map { first[$0].count } == [100, 0, 10, 90])
        #expect(LatencyWindow.allCases.map { second[$0].count } == [90, 0, 10, 90])
    }

    @Test("A profile survives being written and read")
    func roundTrip() throws {
        let moments = ForkMoments(begin: 100_500_000, end: 150_500_000, childExit: nil)
        let profile = LatencyProfile(
            probe: "store", fork: 1, moments: moments,
            logs: [try log(count: 200, stall: 100_500_000..<150_500_000)])
        let line = try JSONLine.encode(profile)
        #expect(line.contains("\"fork_nanoseconds\":50000000") && line.contains("\"window\":\"during\""))
        #expect(try JSONLine.decode(LatencyProfile.self, from: line) == profile)
    }

    @Test("Quantiles are exact to a hundredth, over nine decades")
    func quantiles() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        let values: [UInt64] = [3, 777, 123_456, 98_765_432, 1_234_567_890]
        for value in values { histogram.record(value) }
        for (index, value) in values.enumerated() {
            let read = try #require(histogram.quantile(Double(index + 1) / 5))
            #expect(read >= value && Double(read) <= Double(value) * 1.01)
        }
        var both = LatencyHistogram()
        both.add(histogram)
        both.add(histogram)
        #expect(both.count == 10 && both.quantile(0.5) == histogram.quantile(0.5))
    }
}
