import Histogram

/// How often which latency was met: an HdrHistogram of nanoseconds with two significant digits,
/// which makes a record of ten thousand requests some kilobytes long.
///
/// In records it is the pairs of two arrays of equal length, in ascending order: `values` (the highest value
/// of a bucket, ns) and `counts`. Buckets that are empty are left out.
public struct LatencyHistogram: Equatable, Sendable {
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .two)

    /// An empty histogram. It lies on the heap: make it when the measuring is over.
    public init() {}

    /// Notes a latency, nanoseconds.
    public mutating func record(_ nanoseconds: UInt64) { _ = histogram.record(nanoseconds) }

    /// Adds what another histogram holds.
    public mutating func add(_ other: LatencyHistogram) { histogram.add(other.histogram) }

    /// How many latencies it holds.
    public var count: UInt64 { histogram.totalCount }

    /// The quantile `share` (0 to 1), nanoseconds, exact to a hundredth: what that share of all requests did
    /// not exceed. 1 is the longest. nil if it is empty.
    public func quantile(_ share: Double) -> UInt64? {
        count > 0 ? histogram.valueAtPercentile(share * 100) : nil
    }

    /// The buckets that are not empty, in ascending order: the highest value (ns), and how many requests.
    public var buckets: [(value: UInt64, count: UInt64)] {
        histogram.recordedValues().map { (histogram.highestEquivalentForValue($0.value), $0.count) }
    }
}

extension LatencyHistogram: Codable {
    private enum CodingKeys: String, CodingKey {
        case values
        case counts
    }

    /// Reads the two arrays. Throws `DecodingError` if they are not equally long.
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

    /// Writes the two arrays.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(buckets.map(\.value), forKey: .values)
        try container.encode(buckets.map(\.count), forKey: .counts)
    }
}
