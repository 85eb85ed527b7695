import Histogram

/// A histogram of latencies: an HdrHistogram of nanoseconds with two significant digits,
/// which makes a record of ten thousand requests a few kilobytes long.
///
/// In records it is two arrays of equal length, in ascending order: `values` (the highest value
/// of a bucket, ns) and `counts`. Empty buckets are left out.
public struct LatencyHistogram: Equatable, Sendable {
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .two)

    /// An empty histogram. It uses the heap: create it when the measuring is over.
    public init() {}

    /// Records a latency, nanoseconds.
    public mutating func record(_ nanoseconds: UInt64) { _ = histogram.record(nanoseconds) }

    /// Adds the contents of another histogram.
    public mutating func add(_ other: LatencyHistogram) { histogram.add(other.histogram) }

    /// The number of recorded latencies.
    public var count: UInt64 { histogram.totalCount }

    /// The quantile `share` (0 to 1), nanoseconds, exact to a hundredth: the latency that this share of all requests did
    /// not exceed. 1 gives the longest. nil if the histogram is empty.
    public func quantile(_ share: Double) -> UInt64? {
        count > 0 ? histogram.valueAtPercentile(share * 100) : nil
    }

    /// The non-empty buckets, in ascending order: the highest value (ns), and the number of requests.
    public var buckets: [(value: UInt64, count: UInt64)] {
        histogram.recordedValues().map { (histogram.highestEquivalentForValue($0.value), $0.count) }
    }
}

extension LatencyHistogram: Codable {
    private enum CodingKeys: String, CodingKey {
        case values
        case counts
    }

    /// Reads the two arrays. Throws `DecodingError`, also if they are not equally long.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let values = try container.decode([UInt64].self, forKey: .values)
        let counts = try container.decode([UInt64].self, forKey: .counts)
        guard values.count == counts.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container, debugDescription: "there are not as many counts as values")
        }
        for (value, count) in zip(values, counts) { _ = histogram.record(value, count: count) }
    }

    /// Writes the two arrays. Throws `EncodingError`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(buckets.map(\.value), forKey: .values)
        try container.encode(buckets.map(\.count), forKey: .counts)
    }
}
