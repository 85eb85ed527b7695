/// A confidence interval.
package struct Interval: Codable, Equatable, Sendable {
    /// Its lower end.
    package let low: Double
    /// Its upper end.
    package let high: Double

    /// The interval from `low` to `high`.
    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Whether `value` lies in it, its ends included.
    func contains(_ value: Double) -> Bool { low <= value && value <= high }

    /// Whether all of it lies in `other`.
    func lies(within other: Interval) -> Bool { other.low <= low && high <= other.high }

    /// Half of its width.
    var halfWidth: Double { (high - low) / 2 }
}
