/// The latency of requests over time, in slots of equal width around a fork.
///
/// The arrays are equally long, with one element per slot, so that a record stays short. A request belongs to the
/// slot in which it was due. A slot without requests has count 0, and latencies of 0.
public struct LatencyTimeline: Codable, Equatable, Sendable {
    /// Where the first slot begins, nanoseconds from the call of fork(); usually negative.
    public let start: Int64
    /// Nanoseconds of a slot.
    public let slot: UInt64
    /// Requests due in each slot.
    public let counts: [Int]
    /// Their median latency, nanoseconds.
    public let medians: [UInt64]
    /// Their longest latency, nanoseconds.
    public let maxima: [UInt64]

    /// The extent of a timeline.
    public struct Extent: Sendable {
        /// Nanoseconds of a slot.
        public var slot: UInt64
        /// Nanoseconds before the fork.
        public var before: UInt64
        /// Nanoseconds after it.
        public var after: UInt64

        /// Memberwise initializer, in nanoseconds: by default slots of a millisecond, 0.2 s before and 1 s after.
        public init(slot: UInt64 = 1_000_000, before: UInt64 = 200_000_000, after: UInt64 = 1_000_000_000) {
            self.slot = slot
            self.before = before
            self.after = after
        }
    }

    /// Sorts requests into slots around the fork that began at `fork` (monotonic clock, ns). Slots before
    /// the first request and after the last are left out.
    public init(_ requests: [LatencyLog.Request], fork: UInt64, extent: Extent = Extent()) {
        let slot = Int64(max(1, extent.slot))
        let lowest = -Int64(extent.before / extent.slot)
        let highest = Int64(extent.after / extent.slot)
        var latencies: [Int64: [UInt64]] = [:]
        for request in requests {
            let offset = Int64(bitPattern: request.due &- fork)
            // Rounded down, even below zero.
            let number = offset >= 0 ? offset / slot : (offset - slot + 1) / slot
            if (lowest..<highest).contains(number) { latencies[number, default: []].append(request.latency) }
        }
        let first = latencies.keys.min() ?? 0
        let last = latencies.keys.max() ?? -1
        let slots = (first..<(last + 1)).map { (latencies[$0] ?? []).sorted() }
        start = first * slot
        self.slot = UInt64(slot)
        counts = slots.map(\.count)
        medians = slots.map { $0.isEmpty ? 0 : $0[$0.count / 2] }
        maxima = slots.map { $0.last ?? 0 }
    }
}
