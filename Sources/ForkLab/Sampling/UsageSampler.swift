import Glibc
import Measurement

/// Samples what a process and all below it take, for peaks that no phase boundary meets.
///
/// Call `sample` every `interval`. Each call glances at what is cheap to read. Only when that has risen by
/// `rise`, or a second has passed, the processes themselves are read: that costs time in proportion to their
/// memory, and a fork of theirs waits for it. So the pauses between two such samples are a hundred times the
/// processor time of one; a peak that is shorter may be missed.
struct UsageSampler {
    /// Nanoseconds between two calls.
    static let interval: UInt64 = 10_000_000
    /// Bytes of memory or space that must have come since the last sample, or since the lowest glance after it.
    private static let rise: Int64 = 1 << 20
    /// Nanoseconds between two samples at least, and where nothing rises.
    private static let pauses: (shortest: UInt64, longest: UInt64) = (20_000_000, 1_000_000_000)

    private let tree: TreeUsage
    private var lowest: TreeUsage.Glance?
    private var next: UInt64 = 0
    private var nextWithoutRise: UInt64 = 0

    /// A sampler that has seen nothing yet.
    init(_ tree: TreeUsage) { self.tree = tree }

    /// What `process` and all below it take now; nil if that is not known to have risen, or was read just now.
    mutating func sample(_ process: pid_t) -> WorkloadReport.Usage? {
        let now = Clock.nanoseconds
        let glance = tree.glance()
        if let lowest, now < nextWithoutRise, now < next || !isRise(from: lowest, to: glance) {
            self.lowest = TreeUsage.Glance(
                memory: min(lowest.memory, glance.memory), space: min(lowest.space, glance.space))
            return nil
        }
        let begin = Clock.threadNanoseconds
        guard let usage = tree.read(process, .peak) else { return nil }
        let pause = max((Clock.threadNanoseconds - begin) * 100, Self.pauses.shortest)
        next = now + pause
        nextWithoutRise = now + max(pause, Self.pauses.longest)
        lowest = glance
        return usage
    }

    private func isRise(from old: TreeUsage.Glance, to new: TreeUsage.Glance) -> Bool {
        new.memory - old.memory >= Self.rise || new.space - old.space >= Self.rise
    }
}
