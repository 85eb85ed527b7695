import Glibc
import WorkloadSchema

/// Samples what a process and all below it take, for peaks that no phase boundary meets.
///
/// Call `sample` every `interval`. Each call glances at what is cheap to read. Only when that has risen by
/// `rise`, or a second has passed, the processes themselves are read: that costs time in proportion to their
/// memory, and a fork of theirs waits for it. So the pauses between two such samples are 400 times the processor
/// time of one; a peak that is shorter may be missed. A sampler that waits looks for nothing but children
/// until there are some, and keeps such a pause before the first sample too, which would else be a hundredth of a trial of
/// half a second.
struct UsageSampler {
    /// Nanoseconds between two calls.
    static let interval: UInt64 = 50_000_000
    /// Bytes of memory or space that must have come since the last sample, or since the lowest glance after it.
    private static let rise: Int64 = 1 << 20
    /// Nanoseconds between two samples where nothing rises.
    private static let longestPause: UInt64 = 1_000_000_000
    /// The pause after a sample, by its own time.
    private static let pauseFactor: UInt64 = 400
    /// What a sample takes for each resident page of a process and of its child, nanoseconds, until one was taken.
    private static let expectedTimePerPage: UInt64 = 75

    /// The most that any call saw at a glance; nil before the first.
    private(set) var highest: TreeUsage.Glance?

    private let source: any UsageSource
    private var isWaiting: Bool
    private var lowest: TreeUsage.Glance?
    private var next: UInt64 = 0
    private var nextWithoutRise: UInt64 = 0

    /// A sampler that has seen nothing yet. One that `waits` does so for the first child of the process.
    init(_ source: some UsageSource, waits: Bool = false) {
        self.source = source
        isWaiting = waits
    }

    /// What `process` and all below it take now; nil if that is not known to have risen, or was read just now.
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

    /// Notes that no sample is wanted for some time, since one takes `cost` nanoseconds.
    private mutating func pause(from now: UInt64, _ cost: UInt64) {
        next = now + cost * Self.pauseFactor
        nextWithoutRise = max(next, now + Self.longestPause)
    }

    private func isRise(from old: TreeUsage.Glance, to new: TreeUsage.Glance) -> Bool {
        new.memory - old.memory >= Self.rise || (new.space ?? 0) - (old.space ?? 0) >= Self.rise
    }
}
