import CProcess
import Glibc
import LabBase
import Measurement
import Synchronization
import WorkloadBase

/// The threads of one open-loop probe, with their logs, which are outside the heap.
final class ProbeGroup {
    /// Also outside the heap, since the threads read them before each request.
    private struct Flags: ~Copyable {
        let shouldStop = Atomic<Bool>(false)
    }

    /// The maximum number of requests in the logs of a probe, whatever the options say: 160 MB.
    private static let mostRequests = 10_000_000

    /// The probe's name in the report.
    let name: String
    private let rate: Double
    private let longestRun: Int
    private let threads: Int
    private var logs: [LatencyLog] = []
    private var handles: [pthread_t] = []
    private var flags: UnsafeMutablePointer<Flags>?

    /// The probe `name` of a report: `threads` threads that together send `rate` requests per second, for
    /// at most `longestRun` seconds.
    init(_ name: String, rate: Double, threads: Int = 1, longestRun: Int) {
        self.name = name
        self.rate = rate
        self.longestRun = longestRun
        self.threads = threads
    }

    /// Starts all threads. `makeRequests` is called on each thread with its number, and returns the function that sends a request.
    func start(
        _ makeRequests: @escaping @Sendable (_ index: Int) -> (_ number: Int) -> Bool
    ) throws(SystemCallError) {
        guard let memory = cp_map_anonymous(MemoryLayout<Flags>.size, false) else {
            throw SystemCallError("map the flags of a probe")
        }
        let flags = memory.bindMemory(to: Flags.self, capacity: 1)
        flags.initialize(to: Flags())
        self.flags = flags
        let loops = (0..<threads).map { OpenLoop(rate: rate, index: $0, of: threads) }
        for loop in loops {
            let capacity = Int(UInt64(longestRun) * 1_000_000_000 / loop.interval)
            logs.append(try LatencyLog(capacity: min(capacity, Self.mostRequests / threads)))
        }
        // By then all threads are up.
        let start = Clock.nanoseconds + 10_000_000
        for (index, (loop, log)) in zip(loops, logs).enumerated() {
            let stop = Flag(flags)
            let handle = try WorkerThread.start {
                let request = makeRequests(index)
                loop.run(from: start, log: log, shouldStop: { stop.isSet }, request: request)
            }
            handles.append(handle)
        }
    }

    /// Ends all threads.
    func stop() {
        flags?.pointee.shouldStop.store(true, ordering: .relaxed)
        for handle in handles { pthread_join(handle, nil) }
        handles = []
    }

    /// Whether it ran out of room before `stop`, and so saw nothing of what came later.
    var ranFull: Bool { logs.contains(where: \.isFull) }

    /// The profile of each fork. To be called after `stop`.
    func profiles(_ forks: [(fork: Int, moments: ForkMoments)]) -> [LatencyProfile] {
        forks.indices.map { index in
            LatencyProfile(
                probe: name, fork: forks[index].fork, moments: forks[index].moments, logs: logs,
                previous: index > 0 ? forks[index - 1].moments : nil,
                next: index + 1 < forks.count ? forks[index + 1].moments : nil)
        }
    }

    private struct Flag: @unchecked Sendable {
        private let flags: UnsafeMutablePointer<Flags>
        init(_ flags: UnsafeMutablePointer<Flags>) { self.flags = flags }
        var isSet: Bool { flags.pointee.shouldStop.load(ordering: .relaxed) }
    }
}
