import Glibc
import WorkloadSchema

/// Samples the memory and space of a process and all processes below it, for peaks between phase boundaries.
///
/// Call `sample` every `interval`. Each call takes a glance, which is cheap. Only when that has risen by
/// `rise`, or a second has passed, are the processes themselves read: that takes time in proportion to their
/// memory, and a fork of theirs has to wait for it. So the pauses between two such samples are 400 times the processor
/// time of one; a shorter peak may be missed. A sampler that waits only looks for children
/// until there are some, and keeps such a pause before the first sample too, which would otherwise take a hundredth of a trial
/// of half a second.
struct UsageSampler {
    /// Nanoseconds between two calls.
    static let interval: UInt64 = 50_000_000
    /// Bytes by which memory or space must have grown since the last sample, or since the lowest glance after it.
    private static let rise: Int64 = 1 << 20
    /// Nanoseconds between two samples if nothing grows.
    private static let longestPause: UInt64 = 1_000_000_000
    /// The pause after a sample, as a multiple of the sample's own time.
    private static let pauseFactor: UInt64 = 400
    /// Estimate, until a sample was taken, of a sample's nanoseconds for each resident page of a process and of its child.
    private static let expectedTimePerPage: UInt64 = 75

    /// The highest glance so far; nil before the first.
    private(set) var highest: TreeUsage.Glance?

    private let source: any UsageSource
    private var isWaiting: Bool
    private var lowest: TreeUsage.Glance?
    private var next: UInt64 = 0
    private var nextWithoutRise: UInt64 = 0

    /// A new sampler. If `waits`, it waits for the first child of the process.
    init(_ source: some UsageSource, waits: Bool = false) {
        self.source = source
        isWaiting = waits
    }

    /// The memory and space of `process` and all processes below it; nil if it is not time for a sample.
    mutating func sample(_ process: pid_t) -> WorkloadReport.Usage? {
        let now = source.now
        if isWaiting && !source.hasChildren(process) { return nil }
        let glance = source.glance()
        highest = highest?.merged(with: glance, by: max) ?? glance
        if let lowest, now < nextWithoutRise, now < next || !isRise(from: lowest, to: glance) {
            self.lowest = lowest.merged(with: glance, by: min)
            return nil
        }
        lowest = glance
        if isWaiting {
            isWaiting = false
            pause(from: now, source.residentPages(process) * Self.expectedTimePerPage)
            return nil
        }
        let begin = source.spent
        guard let usage = source.read(process, .peak, fork: 0) else { return nil }
        pause(from: now, source.spent - begin)
        return usage
    }

    /// Starts the pause after a sample that took `cost` nanoseconds.
    private mutating func pause(from now: UInt64, _ cost: UInt64) {
        next = now + cost * Self.pauseFactor
        nextWithoutRise = max(next, now + Self.longestPause)
    }

    private func isRise(from old: TreeUsage.Glance, to new: TreeUsage.Glance) -> Bool {
        new.memory - old.memory >= Self.rise || (new.space ?? 0) - (old.space ?? 0) >= Self.rise
    }
}
