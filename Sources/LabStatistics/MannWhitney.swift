import Glibc

/// The Mann-Whitney U test, two-sided: could both samples come from one distribution?
///
/// Mann and Whitney (1947). Exact if one sample has at most `mostExact` values and no value occurs twice; otherwise the normal
/// approximation, corrected for ties and for continuity, as `scipy.stats.mannwhitneyu(method='auto')` does.
struct MannWhitney: Equatable {
    /// The largest smaller sample for which the distribution of U is enumerated.
    private static let mostExact = 8

    /// In how many pairs the first sample has the larger value; equal pairs count half.
    let u: Double
    /// The probability of a U this far from the middle if both samples have one distribution.
    let pValue: Double
    private let pairs: Double

    /// Tests two samples, neither of which may be empty.
    init(_ first: [Double], _ second: [Double]) {
        let (ranks, ties) = Self.ranks(first, second)
        let count = Double(first.count)
        pairs = count * Double(second.count)
        u = ranks.reduce(0, +) - count * (count + 1) / 2
        let far = max(u, pairs - u)
        let isExact = min(first.count, second.count) <= Self.mostExact && ties.isEmpty
        let tail =
            isExact
            ? Self.exactTail(first.count, second.count, distance: Int(pairs - far))
            : Self.normalTail(first.count, second.count, ties: ties, far: far)
        pValue = min(1, 2 * tail)
    }

    /// Cliff's delta (1993): by how much likelier a value of the first sample is to be the larger one than the
    /// smaller one, from -1 to 1.
    var cliffsDelta: Double { 2 * u / pairs - 1 }

    /// The smallest p-value that samples of these sizes can have.
    static func leastPValue(_ first: Int, _ second: Int) -> Double {
        let logarithm =
            lgamma(Double(first + second + 1)) - lgamma(Double(first + 1)) - lgamma(Double(second + 1))
        return min(1, 2 * exp(-logarithm))
    }

    /// The ranks of the first sample among all values, where equal values share their mean rank; the sizes of the groups of ties.
    private static func ranks(_ first: [Double], _ second: [Double]) -> (ranks: [Double], ties: [Double]) {
        let all = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var ranks: [Double] = []
        var ties: [Double] = []
        var begin = 0
        while begin < all.count {
            let end = all[begin...].firstIndex { $0.0 != all[begin].0 } ?? all.count
            let own = all[begin..<end].count { $0.1 }
            ranks += Array(repeating: Double(begin + end + 1) / 2, count: own)
            if end - begin > 1 { ties.append(Double(end - begin)) }
            begin = end
        }
        return (ranks, ties)
    }

    /// The share of all orders of the values in which U is at most `distance`.
    ///
    /// The orders with a given U are the coefficients of a Gaussian binomial: a product of (1 - x^(long + i)) / (1 - x^i),
    /// of which only the lower half is needed.
    private static func exactTail(_ first: Int, _ second: Int, distance: Int) -> Double {
        let (short, long) = (min(first, second), max(first, second))
        var orders = [Double](repeating: 0, count: short * long / 2 + 1)
        orders[0] = 1
        for factor in 1...short {
            for index in stride(from: orders.count - 1, through: long + factor, by: -1) {
                orders[index] -= orders[index - long - factor]
            }
            for index in stride(from: factor, to: orders.count, by: 1) {
                orders[index] += orders[index - factor]
            }
        }
        let all = exp(
            lgamma(Double(short + long + 1)) - lgamma(Double(short + 1)) - lgamma(Double(long + 1)))
        return orders[...distance].reduce(0, +) / all
    }

    private static func normalTail(_ first: Int, _ second: Int, ties: [Double], far: Double) -> Double {
        let pairs = Double(first) * Double(second)
        let all = Double(first + second)
        let equal = ties.reduce(0) { $0 + $1 * ($1 * $1 - 1) } / (all * (all - 1))
        let deviation = (pairs / 12 * (all + 1 - equal)).squareRoot()
        guard deviation > 0 else { return 1 }
        return NormalDistribution.cumulative(-(far - pairs / 2 - 0.5) / deviation)
    }
}
