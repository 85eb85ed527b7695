import Glibc
import LabBase

/// Ranks 1 to `count`, where rank k has a probability proportional to 1 / k^`exponent`: few items
/// get most of the requests, as in caches and stores.
///
/// Drawn by rejection-inversion: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", ACM TOMACS 6(3), 1996. Takes constant time and memory for any count.
public struct ZipfDistribution: Sendable {
    /// The number of ranks.
    public let count: Int
    /// The exponent: 0 makes all ranks equally likely; YCSB uses 0.99.
    public let exponent: Double
    /// The integral of the density's hat at both ends of the range that is drawn from.
    private let lowest: Double
    private let highest: Double
    /// A number within this distance of its rank needs no test.
    private let squeeze: Double

    /// The distribution over ranks 1 to `count` (at least 1) with `exponent` (at least 0).
    public init(count: Int, exponent: Double) {
        self.count = count
        self.exponent = exponent
        lowest = Self.integral(1.5, exponent) - 1
        highest = Self.integral(Double(count) + 0.5, exponent)
        squeeze =
            2 - Self.inverse(Self.integral(2.5, exponent) - Self.density(2, exponent), exponent)
    }

    /// Draws a rank, 1 to `count`. Allocates nothing.
    public func draw(_ random: inout SeededGenerator) -> Int {
        while true {
            let share = Double(random.next() >> 11) * 0x1p-53
            let area = highest + share * (lowest - highest)
            let place = Self.inverse(area, exponent)
            let rank = min(max(place.rounded(), 1), Double(count))
            if rank - place <= squeeze
                || area >= Self.integral(rank + 0.5, exponent) - Self.density(rank, exponent)
            {
                return Int(rank)
            }
        }
    }

    /// 1 / x^exponent.
    private static func density(_ x: Double, _ exponent: Double) -> Double { exp(-exponent * log(x)) }

    /// Its integral from 1 to x: (x^(1 - exponent) - 1) / (1 - exponent), or log(x), without the loss of
    /// digits near exponent 1.
    private static func integral(_ x: Double, _ exponent: Double) -> Double {
        let logarithm = log(x)
        let power = (1 - exponent) * logarithm
        return logarithm * (abs(power) > 1e-8 ? expm1(power) / power : 1 + power / 2)
    }

    /// The x whose integral is `area`.
    private static func inverse(_ area: Double, _ exponent: Double) -> Double {
        // Rounding may take it below the value for any x.
        let power = max(-1, area * (1 - exponent))
        return exp(area * (abs(power) > 1e-8 ? log1p(power) / power : 1 - power / 2))
    }
}
