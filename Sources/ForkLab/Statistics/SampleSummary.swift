/// The distribution of a metric over the trials of a cell.
public struct SampleSummary: Codable, Equatable, Sendable {
    /// How many values it takes to compare two distributions at all.
    static let leastToCompare = 3

    /// How many trials.
    public let count: Int
    /// The smallest value.
    public let minimum: Double
    /// The value that a quarter does not exceed.
    public let lowerQuartile: Double
    /// The value in the middle.
    public let median: Double
    /// The value that three quarters do not exceed.
    public let upperQuartile: Double
    /// The largest value.
    public let maximum: Double

    /// Summarises `values`; nil if there are none.
    public init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        count = sorted.count
        minimum = first
        maximum = last
        lowerQuartile = Self.quantile(0.25, of: sorted)
        median = Self.quantile(0.5, of: sorted)
        upperQuartile = Self.quantile(0.75, of: sorted)
    }

    /// The interquartile range.
    public var interquartileRange: Double { upperQuartile - lowerQuartile }

    /// Whether the middle halves of both do not overlap: a rule of thumb, not a test. Fewer values
    /// than `leastToCompare` have no middle half.
    func isApart(from other: SampleSummary) -> Bool {
        guard min(count, other.count) >= Self.leastToCompare else { return false }
        return upperQuartile < other.lowerQuartile || other.upperQuartile < lowerQuartile
    }

    /// Linear between the neighbours, as R's type 7 and numpy's default.
    static func quantile(_ quantile: Double, of sorted: [Double]) -> Double {
        let position = quantile * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}
