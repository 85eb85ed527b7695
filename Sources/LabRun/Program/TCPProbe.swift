import Glibc
import LabBase
import LabProcess
import LabScenario
import Measurement
import Synchronization

/// An open-loop latency probe over TCP: a thread for each connection, each with its share of the rate.
final class TCPProbe {
    private let probe: ProgramDefinition.Probe
    private var connections: [Connection] = []
    /// The log of each connection, in order.
    let logs: [LatencyLog]

    /// A probe that can run for `length` nanoseconds. Throws `SystemCallError` if there is no memory for its logs.
    init(_ probe: ProgramDefinition.Probe, port: UInt16, rate: Double, seed: UInt64, length: UInt64)
        throws(SystemCallError)
    {
        self.probe = probe
        let share = rate / Double(probe.connections)
        let capacity = min(10_000_000 / probe.connections, Int(share * Double(length) / 1e9) + 1)
        var logs: [LatencyLog] = []
        for _ in 0..<probe.connections { logs.append(try LatencyLog(capacity: capacity)) }
        self.logs = logs
        connections = logs.enumerated().map { index, log in
            let requester = TCPRequester(
                port: port, requests: probe.requests, reconnect: probe.reconnect, patience: probe.patience,
                seed: seed &+ UInt64(index))
            let loop = OpenLoop(rate: rate, index: index, of: probe.connections)
            return Connection(requester, loop: loop, log: log)
        }
    }

    /// Starts the threads. Throws `SystemCallError`.
    func start() throws(SystemCallError) {
        let begin = Clock.nanoseconds + 10_000_000
        for connection in connections { try connection.start(at: begin) }
    }

    /// Stops the threads and waits for them.
    func stop() {
        for connection in connections { connection.stop() }
    }

    /// The number of requests answered wrongly or not at all, and of all requests.
    var failures: (failed: Int, requests: Int) {
        (logs.reduce(0) { $0 + $1.failures }, logs.reduce(0) { $0 + $1.count })
    }

    /// A description of a failed request, if there was one; valid once the probe is stopped.
    var lastFailure: String? { connections.map(\.lastFailure).first { !$0.isEmpty } }

    /// The profiles of the forks that happened at these moments.
    func profiles(of forks: [ForkMoments]) -> [LatencyProfile] {
        forks.indices.map { index in
            let own = forks[index]
            let length = (own.childExit ?? own.end) - own.begin + probe.before + probe.after
            // A thousand slots are as much as a page can show; no slot is shorter than a millisecond.
            let extent = LatencyTimeline.Extent(
                slot: max(1_000_000, length / 1000 / 1_000_000 * 1_000_000),
                before: probe.before, after: length - probe.before)
            return LatencyProfile(
                probe: "tcp", fork: index + 1, moments: own, logs: logs,
                previous: index > 0 ? forks[index - 1] : nil,
                next: index + 1 < forks.count ? forks[index + 1] : nil, extent: extent)
        }
    }

    /// The longest time between `begin` and `end` in which no request was answered, nanoseconds.
    func longestGap(from begin: UInt64, to end: UInt64) -> UInt64 {
        let answers = logs.flatMap { log in (0..<log.count).map { log[$0].done } }
        let times = [begin] + answers.filter { begin < $0 && $0 < end }.sorted() + [end]
        return zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0
    }
}

/// One connection of a probe, with its thread.
private final class Connection: @unchecked Sendable {
    private var requester: TCPRequester
    private let loop: OpenLoop
    private let log: LatencyLog
    private var begin: UInt64 = 0
    private let isToStop = Atomic<Bool>(false)
    private var thread: JoinableThread?

    init(_ requester: consuming TCPRequester, loop: OpenLoop, log: LatencyLog) {
        self.requester = requester
        self.loop = loop
        self.log = log
    }

    /// Requests are due from `begin` on (monotonic clock, ns).
    func start(at begin: UInt64) throws(SystemCallError) {
        self.begin = begin
        thread = try JoinableThread { [self] in
            loop.run(
                from: begin, log: log, shouldStop: { isToStop.load(ordering: .relaxed) },
                request: { requester.perform($0) })
        }
    }

    func stop() {
        isToStop.store(true, ordering: .relaxed)
        thread?.join()
        thread = nil
    }

    var lastFailure: String { requester.lastFailure }
}
