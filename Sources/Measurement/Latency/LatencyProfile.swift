/// What one open-loop probe saw of one fork: the latencies before, during and after it, and the timeline
/// around it. `WorkloadReport.latencies` has one for each probe and fork.
///
/// As JSON:
///
///     {"probe":"store", "fork":1, "rate":2000, "threads":1, "failures":0,
///      "fork_nanoseconds":512000, "child_exit_nanoseconds":83000000,
///      "windows":[{"window":"before","histogram":{"values":[...],"counts":[...]}}, ...],
///      "lateness":{"values":[...],"counts":[...]},
///      "timeline":{"start":-200000000,"slot":1000000,"counts":[...],"medians":[...],"maxima":[...]}}
public struct LatencyProfile: Codable, Equatable, Sendable {
    /// The latencies of one window.
    public struct Window: Codable, Equatable, Sendable {
        /// The window.
        public let window: LatencyWindow
        /// Its latencies.
        public let histogram: LatencyHistogram
    }

    /// The probe of a thread of the parent that allocates, writes and frees.
    public static let allocatingThread = "allocating"
    /// The probe of a thread of the parent that only computes.
    public static let computingThread = "computing"

    /// The name of the probe: "store" for the built-in one, "tcp" for a program, or one of the two above.
    public let probe: String
    /// 1 for the first fork, 2 for the next.
    public let fork: Int
    /// Requests due per second, all threads together.
    public let rate: Double
    /// Threads that sent them.
    public let threads: Int
    /// Requests answered wrongly or not at all, in the whole run.
    public let failures: Int
    /// How long fork() took: on the timeline it lasts from 0 to here.
    public let forkNanoseconds: UInt64
    /// When the child was gone, nanoseconds from the call of fork(); nil if it stayed.
    public let childExitNanoseconds: UInt64?
    /// All four windows, in order; those without requests are empty.
    public let windows: [Window]
    /// How late the kernel woke the probe for requests that nothing held up: a lower bound for the
    /// latencies above.
    public let lateness: LatencyHistogram
    /// Latency over time around the fork.
    public let timeline: LatencyTimeline

    /// Sorts the requests in `logs`, one log for each thread of the probe, around one of several forks.
    ///
    /// A request counts for the nearest fork: those due before the end of the child of `previous` belong to
    /// that fork, those answered after `next` began to that one. Works on the heap: call
    /// it when the measuring is over.
    public init(
        probe: String, fork: Int, moments: ForkMoments, logs: [LatencyLog], previous: ForkMoments? = nil,
        next: ForkMoments? = nil, extent: LatencyTimeline.Extent = LatencyTimeline.Extent()
    ) {
        let requests = logs.flatMap { log in (0..<log.count).map { log[$0] } }
        let from = previous.map { $0.childExit ?? $0.end } ?? 0
        let own = requests.filter { $0.due > from && $0.done < next?.begin ?? .max }
        var histograms: [LatencyWindow: LatencyHistogram] = [:]
        for request in own {
            let window = LatencyWindow(of: request, around: moments)
            histograms[window, default: LatencyHistogram()].record(request.latency)
        }
        self.probe = probe
        self.fork = fork
        rate = logs.reduce(0) { $0 + 1e9 / Double(max(1, $1.interval)) }
        threads = logs.count
        failures = logs.reduce(0) { $0 + $1.failures }
        forkNanoseconds = moments.end - moments.begin
        childExitNanoseconds = moments.childExit.map { $0 - moments.begin }
        windows = LatencyWindow.allCases.map {
            Window(window: $0, histogram: histograms[$0] ?? LatencyHistogram())
        }
        lateness = Self.lateness(of: logs)
        timeline = LatencyTimeline(own, fork: moments.begin, extent: extent)
    }

    /// The latencies of a window.
    public subscript(window: LatencyWindow) -> LatencyHistogram {
        windows.first { $0.window == window }?.histogram ?? LatencyHistogram()
    }

    private static func lateness(of logs: [LatencyLog]) -> LatencyHistogram {
        var lateness = LatencyHistogram()
        for log in logs {
            var free: UInt64 = 0
            for request in (0..<log.count).map({ log[$0] }) {
                if free < request.due { lateness.record(request.sent - request.due) }
                free = request.done
            }
        }
        return lateness
    }
}
