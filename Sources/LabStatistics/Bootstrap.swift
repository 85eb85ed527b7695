import LabBase

/// 95 % intervals of medians, and of statistics of two medians, by the BCa bootstrap (bias-corrected and accelerated).
///
/// Efron, Better Bootstrap Confidence Intervals (1987); Efron and Tibshirani, An Introduction to the Bootstrap (1993),
/// 14.3; with two samples the acceleration of 15.36. `scipy.stats.bootstrap(method='BCa')` does the same.
/// The seed is fixed: the same values always give the same interval.
package struct Bootstrap: Sendable {
    /// The bootstrap with scipy's default number of resamples.
    package static let standard = Bootstrap(resamples: 9999)

    private static let confidence = 0.95
    private static let seed: UInt64 = 1

    /// How many times the values are redrawn.
    let resamples: Int

    /// The interval of the median of `values`, which must not be empty.
    func medianInterval(of values: [Double]) -> Interval {
        let sample = Resampled(values, resamples: resamples, seed: Self.seed)
        return interval(
            estimate: sample.median, resampled: sample.medians, jackknife: [sample.mediansWithoutOne])
    }

    /// The interval of `statistic`, applied to the medians of `first` and `second`.
    package func interval(
        of statistic: (Double, Double) -> Double, _ first: [Double], _ second: [Double]
    ) -> Interval {
        // Different seeds, since the two samples are independent.
        let first = Resampled(first, resamples: resamples, seed: Self.seed)
        let second = Resampled(second, resamples: resamples, seed: Self.seed + 1)
        return interval(
            estimate: statistic(first.median, second.median),
            resampled: zip(first.medians, second.medians).map(statistic),
            jackknife: [
                first.mediansWithoutOne.map { statistic($0, second.median) },
                second.mediansWithoutOne.map { statistic(first.median, $0) },
            ])
    }

    /// The BCa interval. `jackknife` has, for each sample, the estimates with one of its values left out.
    private func interval(estimate: Double, resampled: [Double], jackknife: [[Double]]) -> Interval {
        let sorted = resampled.sorted()
        let acceleration = Self.acceleration(jackknife)
        let bias = NormalDistribution.quantile(Self.shareBelow(estimate, in: sorted))
        func end(_ probability: Double) -> Double {
            let shifted = bias + NormalDistribution.quantile(probability)
            let corrected = NormalDistribution.cumulative(bias + shifted / (1 - acceleration * shifted))
            return Quantile.of(sorted, corrected)
        }
        let tail = (1 - Self.confidence) / 2
        return Interval(low: end(tail), high: end(1 - tail))
    }

    /// The share of values below the estimate. Values equal to it, which are frequent among medians, count half.
    private static func shareBelow(_ estimate: Double, in sorted: [Double]) -> Double {
        let doubled = sorted.reduce(0) { $0 + ($1 < estimate ? 2 : $1 == estimate ? 1 : 0) }
        // The normal distribution has no quantile for 0 and 1.
        return Double(min(max(doubled, 1), 2 * sorted.count - 1)) / Double(2 * sorted.count)
    }

    private static func acceleration(_ jackknife: [[Double]]) -> Double {
        var cubes = 0.0
        var squares = 0.0
        for estimates in jackknife {
            let count = Double(estimates.count)
            let mean = estimates.reduce(0, +) / count
            for estimate in estimates {
                let influence = (count - 1) * (mean - estimate) / count
                cubes += influence * influence * influence
                squares += influence * influence
            }
        }
        return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
    }
}

/// The medians of the resamples of a sample.
private struct Resampled {
    let median: Double
    let medians: [Double]
    let mediansWithoutOne: [Double]

    init(_ values: [Double], resamples: Int, seed: UInt64) {
        let sorted = values.sorted()
        let count = sorted.count
        median = Quantile.of(sorted, 0.5)
        mediansWithoutOne = sorted.indices.map { index in
            var rest = sorted
            rest.remove(at: index)
            return rest.isEmpty ? sorted[0] : Quantile.of(rest, 0.5)
        }
        var random = SeededGenerator(seed: seed)
        var drawn = [Int](repeating: 0, count: count)
        medians = (0..<resamples).map { _ in
            for index in 0..<count { drawn[index] = 0 }
            for _ in 0..<count {
                // The high half of a 128-bit product: one of `count` equally likely numbers.
                drawn[Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(count)).high)] += 1
            }
            return Self.median(of: sorted, drawn: drawn)
        }
    }

    /// The median of a sample in which each value occurs as often as it was drawn.
    private static func median(of sorted: [Double], drawn: [Int]) -> Double {
        let count = sorted.count
        var passed = 0
        var lower: Double?
        for index in 0..<count {
            passed += drawn[index]
            if lower == nil, passed > (count - 1) / 2 { lower = sorted[index] }
            if let lower, passed > count / 2 { return (lower + sorted[index]) / 2 }
        }
        return sorted[count - 1]
    }
}
