/// The distribution of a metric over the trials of a cell.
package struct SampleSummary: Equatable, Sendable {
    /// The values, in the order of the trials.
    package let values: [Double]
    /// The smallest value.
    package let minimum: Double
    /// The 25 % quantile.
    package let lowerQuartile: Double
    /// The 50 % quantile.
    package let median: Double
    /// The 75 % quantile.
    package let upperQuartile: Double
    /// The largest value.
    package let maximum: Double

    /// Summarises `values`; nil if there are none.
    package init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        self.values = values
        minimum = first
        maximum = last
        lowerQuartile = Quantile.of(sorted, 0.25)
        median = Quantile.of(sorted, 0.5)
        upperQuartile = Quantile.of(sorted, 0.75)
        stored = StoredInterval()
    }

    /// The number of trials.
    package var count: Int { values.count }

    /// The 95 % bootstrap interval of the median (BCa); nil below `Contrast.leastTrials` trials, where it would promise too
    /// much. Safe in any thread.
    package var medianInterval: Interval? { count < Contrast.leastTrials ? nil : stored.interval(of: values) }

    private let stored: StoredInterval

    /// Whether both have the same values: everything else follows from them.
    package static func == (left: SampleSummary, right: SampleSummary) -> Bool { left.values == right.values }
}

extension SampleSummary: Codable {
    private enum Key: String, CodingKey {
        case count, minimum, lowerQuartile, median, upperQuartile, maximum, medianInterval, values
    }

    /// Encodes the values and everything computed from them. Throws `EncodingError`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(count, forKey: .count)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(lowerQuartile, forKey: .lowerQuartile)
        try container.encode(median, forKey: .median)
        try container.encode(upperQuartile, forKey: .upperQuartile)
        try container.encode(maximum, forKey: .maximum)
        try container.encodeIfPresent(medianInterval, forKey: .medianInterval)
        try container.encode(values, forKey: .values)
    }

    /// Decodes the values and computes the rest again. Throws `DecodingError`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard let summary = SampleSummary(try container.decode([Double].self, forKey: .values)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .values, in: container, debugDescription: "no values")
        }
        self = summary
    }
}
