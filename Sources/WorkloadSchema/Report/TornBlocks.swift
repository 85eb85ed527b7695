/// How many blocks children found half-written although no thread can have been in the middle of them: a sign of a heap
/// that does not show one moment.
public struct TornBlocks: Codable, Equatable, Sendable {
    /// Blocks that were looked at.
    public var seen: Int
    /// Half-written blocks, beyond one per thread.
    public var torn: Int

    /// Creates a count of both.
    public init(seen: Int = 0, torn: Int = 0) {
        self.seen = seen
        self.torn = torn
    }

    /// Adds the counts of `other`.
    public mutating func add(_ other: TornBlocks) {
        seen += other.seen
        torn += other.torn
    }

    /// Torn blocks among a thousand; nil if none was looked at.
    public var perThousand: Double? { seen > 0 ? Double(torn) * 1000 / Double(seen) : nil }
}
