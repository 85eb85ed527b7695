import LabBase
import LabStatistics

/// A number of a candidate: its distribution over the trials, and the 95 % interval of its median.
struct Estimate: Encodable, Equatable, Sendable {
    /// The distribution.
    let summary: SampleSummary
    /// The interval, computed once; nil if there are too few trials for one.
    let interval: Interval?

    /// The estimate from `values`; nil if there are none.
    init?(_ values: [Double]) {
        guard let summary = SampleSummary(values) else { return nil }
        self.init(summary)
    }

    /// The estimate from `summary`.
    init(_ summary: SampleSummary) {
        self.summary = summary
        interval = summary.medianInterval
    }

    /// Encodes the distribution, which includes the interval. Throws `EncodingError`.
    func encode(to encoder: any Encoder) throws { try summary.encode(to: encoder) }

    /// The estimate as text: "80.7 ms [78.2 .. 83.1]"; without an interval if there are too few trials for one.
    func text(_ unit: Quantity.Unit) -> String { Quantity.text(summary.median, interval, unit) }
}
