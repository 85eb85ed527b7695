import Glibc
import Testing

@testable import LabBase
@testable import Measurement

@Suite("The open-loop probe") struct OpenLoopTests {
    @Test("Requests are due at fixed times, whatever became of earlier ones")
    func schedule() throws {
        let log = try LatencyLog(capacity: 50)
        let start = Clock.nanoseconds
        let held: UInt64 = 20_000_000
        OpenLoop(rate: 1000).run(from: start, log: log, shouldStop: { false }) { number in
            let until = Clock.nanoseconds + (number == 10 ? held : 0)
            while Clock.nanoseconds < until {}
            return number != 3
        }
        #expect(log.isFull && log.failures == 1)
        for number in 0..<50 {
            #expect(log[number].due == start + UInt64(number) * 1_000_000)
            #expect(log[number].sent >= log[number].due && log[number].done >= log[number].sent)
        }
        #expect(log[10].latency >= held)
        // Requests due after it had to wait too, and count from when they were due.
        for number in 11..<20 {
            #expect(log[number].latency >= held - UInt64(number - 10) * 1_000_000)
            #expect(log[number].sent >= log[number - 1].done)
        }
    }

    @Test("Several probes share the rate and take turns")
    func turns() {
        let probes = (0..<4).map { OpenLoop(rate: 2000, index: $0, of: 4) }
        #expect(probes.map(\.interval) == [2_000_000, 2_000_000, 2_000_000, 2_000_000])
        #expect(probes.map(\.phase) == [0, 500_000, 1_000_000, 1_500_000])
    }

    @Test("A probe ends when told to, before another request")
    func stop() throws {
        let log = try LatencyLog(capacity: 1000)
        var sent = 0
        OpenLoop(rate: 100_000).run(from: Clock.nanoseconds, log: log, shouldStop: { sent == 7 }) { _ in
            sent += 1
            return true
        }
        #expect(log.count == 7 && !log.isFull)
    }

    @Test("A log takes nothing from malloc: it is in memory that fork leaves shared")
    func placement() throws {
        let log = try LatencyLog(capacity: 10)
        let child = try #require(
            ForkedChild.run {
                log.begin(start: 5, interval: 2)
                log.append(sent: 6, done: 9, succeeded: true)
            })
        #expect(child == 0 && log.count == 1 && log[0] == .init(due: 5, sent: 6, done: 9))
    }
}
