import CProcess
import Glibc
import LabBase

/// An open-loop probe: requests are due at fixed times, whatever became of earlier ones.
///
/// A request that is held up delays those behind it, and each of them counts from when it was due. Counting
/// from when it was sent would leave out the effect of a stall on requests that are due during it: "coordinated
/// omission" (Gil Tene, "How NOT to Measure Latency", 2013; his load generator wrk2 works the same way).
/// After a stall overdue requests are sent one after the other without a pause.
public struct OpenLoop: Sendable {
    /// Nanoseconds between two due times.
    public let interval: UInt64
    /// Nanoseconds from the start to the first due time, to spread several probes evenly.
    public let phase: UInt64

    /// Probe `index` of `probes`, which together send `rate` requests per second (above 0).
    public init(rate: Double, index: Int = 0, of probes: Int = 1) {
        interval = max(1, UInt64((1e9 * Double(probes) / rate).rounded()))
        phase = interval * UInt64(index) / UInt64(probes)
    }

    /// Sends requests from `start` (monotonic clock, ns) until `shouldStop` says so or the log is full.
    ///
    /// `request` makes one, given its number, and returns whether it was answered correctly. Blocks the
    /// calling thread, and sets its timer slack to the minimum. It sleeps between requests, so that it takes no
    /// processor from what is measured; how late the kernel woke it is in `LatencyProfile.lateness`. Allocates
    /// nothing, so it may run with the heap in a pool.
    public func run(
        from start: UInt64, log: LatencyLog, shouldStop: () -> Bool, request: (_ number: Int) -> Bool
    ) {
        _ = cp_least_timer_slack()
        var due = start + phase
        log.begin(start: due, interval: interval)
        for number in 0..<log.capacity {
            var sent = Clock.nanoseconds
            if sent < due {
                Self.sleep(until: due)
                sent = Clock.nanoseconds
            }
            if shouldStop() { return }
            let succeeded = request(number)
            log.append(sent: sent, done: Clock.nanoseconds, succeeded: succeeded)
            due += interval
        }
    }

    /// Sleeps until `time` on the monotonic clock (ns), even if interrupted by signals; returns at once if it is past.
    public static func sleep(until time: UInt64) {
        var deadline = timespec(
            tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
    }
}
