/// How many blocks children found half written that no thread can have been in the middle of: what a heap
/// holds that was not taken at one moment.
public struct TornBlocks: Codable, Equatable, Sendable {
    /// Blocks looked at.
    public var seen: Int
    /// Half written, beyond one a thread.
    public var torn: Int

    /// Counts of both.
    public init(seen: Int = 0, torn: Int = 0) {
        self.seen = seen
        self.torn = torn
    }

    /// Adds what was counted elsewhere.
    public mutating func add(_ other: TornBlocks) {
        seen += other.seen
        torn += other.torn
    }

    /// Torn ones among a thousand; nil if none was looked at.
    public var perThousand: Double? { seen > 0 ? Double(torn) * 1000 / Double(seen) : nil }
}
