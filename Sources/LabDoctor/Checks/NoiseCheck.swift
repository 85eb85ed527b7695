import LabBase
import LabProcess

/// How busy and how steady the machine is at this moment.
struct NoiseCheck: DoctorCheck {
    /// Nanoseconds that the measurement takes.
    private static let duration: UInt64 = 300_000_000
    private static let bearableLoad = 0.5
    private static let bearableShare = 0.01
    private static let bearableGap: UInt64 = 1_000_000

    func findings(on machine: Machine) -> [Finding] {
        let before = ProcessorTime(machine.read("/proc/stat") ?? "")
        let loop = SpinLoop(duration: Self.duration)
        let after = ProcessorTime(machine.read("/proc/stat") ?? "")
        return [load(machine), steal(before, after), jitter(loop)].compactMap { $0 }
    }

    private func load(_ machine: Machine) -> Finding {
        let subject = "load average"
        guard let load = machine.line("/proc/loadavg")?.split(separator: " ").first.flatMap({ Double($0) })
        else { return Finding(.unknown, subject, "/proc/loadavg cannot be read") }
        let detail = "\(Quantity.fixed(load, digits: 2)) on \(machine.processors) processors"
        return load > Self.bearableLoad * Double(machine.processors)
            ? Finding(.hurts, subject, detail, advice: "stop other programs before you measure")
            : Finding(.ok, subject, detail)
    }

    private func steal(_ before: ProcessorTime?, _ after: ProcessorTime?) -> Finding? {
        guard let before, let after, after.total > before.total else { return nil }
        let share = Double(after.steal - before.steal) / Double(after.total - before.total)
        let detail = "\(percent(share)) of the processors' time went to other virtual machines"
        return share > Self.bearableShare
            ? Finding(.hurts, "steal time", detail, advice: "measure at another hour, or more trials")
            : Finding(.ok, "steal time", detail)
    }

    /// Judges a loop. Internal, so that tests can pass their own.
    func jitter(_ loop: SpinLoop) -> Finding {
        let detail =
            "a loop lost \(percent(loop.lostShare)) of its time, \(Quantity.nanoseconds(Double(loop.longestGap))) "
            + "at most at once"
        return loop.lostShare > Self.bearableShare || loop.longestGap > Self.bearableGap
            ? Finding(.hurts, "jitter", detail, advice: "stop other programs, and make more trials")
            : Finding(.ok, "jitter", detail)
    }

    private func percent(_ share: Double) -> String { Quantity.fixed(share * 100, digits: 1) + " %" }
}

/// The time of all processors since boot, in clock ticks, from the first line of /proc/stat.
struct ProcessorTime {
    let total: Int64
    /// Time that the hypervisor gave to others.
    let steal: Int64

    /// nil if the text is not that of /proc/stat.
    init?(_ text: String) {
        let line = text.split(separator: "\n").first { $0.hasPrefix("cpu ") }
        // user nice system idle iowait irq softirq steal; guest time is part of user time.
        let ticks = (line ?? "").split(separator: " ").dropFirst().prefix(8).compactMap { Int64($0) }
        guard ticks.count == 8 else { return nil }
        total = ticks.reduce(0, +)
        steal = ticks[7]
    }
}

/// A loop that does nothing but read the clock: time that passes between two readings is time in which it did not run.
struct SpinLoop {
    /// Shorter gaps are the loop's own work.
    private static let shortestGap: UInt64 = 10_000

    /// The share of its time in which it did not run.
    let lostShare: Double
    /// The longest single gap, nanoseconds.
    let longestGap: UInt64

    /// A finished loop with known results.
    init(lostShare: Double, longestGap: UInt64) {
        self.lostShare = lostShare
        self.longestGap = longestGap
    }

    /// Runs the loop for `duration` nanoseconds.
    init(duration: UInt64) {
        let begin = Clock.nanoseconds
        var last = begin
        var lost: UInt64 = 0
        var longest: UInt64 = 0
        while last - begin < duration {
            let now = Clock.nanoseconds
            if now - last > Self.shortestGap { lost += now - last }
            longest = max(longest, now - last)
            last = now
        }
        self.init(lostShare: Double(lost) / Double(last - begin), longestGap: longest)
    }
}
