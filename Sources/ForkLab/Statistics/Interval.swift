/// A confidence interval.
public struct Interval: Codable, Equatable, Sendable {
    /// Its lower end.
    public let low: Double
    /// Its upper end.
    public let high: Double

    /// From `low` to `high`.
    public init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Whether `value` lies in it, its ends included.
    public func contains(_ value: Double) -> Bool { low <= value && value <= high }

    /// Whether all of it lies in `other`.
    func lies(within other: Interval) -> Bool { other.low <= low && high <= other.high }

    /// Half of its width.
    var halfWidth: Double { (high - low) / 2 }
}
