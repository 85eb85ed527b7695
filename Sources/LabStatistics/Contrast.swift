/// Two samples of one metric: how far apart they are, and how surely.
package struct Contrast: Codable, Equatable, Sendable {
    /// With fewer trials than this on either side nothing is concluded: the bootstrap would promise too much, and with four trials
    /// against four no test among several could show anything.
    package static let leastTrials = 5

    /// How the effect is expressed.
    package enum Scale: String, Codable, Sendable {
        /// The second median divided by the first; used if all values are positive.
        case ratio
        /// The second median minus the first.
        case difference
    }

    /// What counts as a difference, and which direction is better.
    package struct Measure: Codable, Equatable, Sendable {
        /// Whether lower values are better.
        var lowerIsBetter: Bool
        /// The share of the first median that a difference must exceed to count.
        var minimumEffect: Double
        /// The amount that a difference must exceed to count, in the metric's unit.
        var leastDifference: Double

        /// Creates a measure.
        package init(
            lowerIsBetter: Bool = true, minimumEffect: Double = 0.05, leastDifference: Double = 0
        ) {
            self.lowerIsBetter = lowerIsBetter
            self.minimumEffect = minimumEffect
            self.leastDifference = leastDifference
        }
    }

    /// What counts as a difference.
    let measure: Measure
    /// How many values the first sample has.
    let firstCount: Int
    /// How many values the second sample has.
    let secondCount: Int
    /// The median of the first sample.
    package let firstMedian: Double
    /// The median of the second sample.
    package let secondMedian: Double
    /// Whether `effect` and `interval` are ratios or differences.
    package let scale: Scale
    /// The second median relative to the first, by `scale`.
    package let effect: Double
    /// The 95 % bootstrap interval of the effect (BCa).
    package let interval: Interval
    /// The p-value of the two-sided Mann-Whitney test.
    let pValue: Double
    /// Whether all values of both samples are equal: nothing to test.
    let isConstant: Bool
    /// Cliff's delta: 1 if every value of the second sample is larger, -1 if every one is smaller, 0 if neither prevails.
    let cliffsDelta: Double

    /// Compares the second sample with the first; nil if either is empty.
    package init?(_ first: [Double], _ second: [Double], _ measure: Measure) {
        self.init(first, second, measure, bootstrap: .standard)
    }

    init?(_ first: [Double], _ second: [Double], _ measure: Measure, bootstrap: Bootstrap) {
        guard let firstMedian = Quantile.median(of: first), let secondMedian = Quantile.median(of: second)
        else {
            return nil
        }
        self.measure = measure
        firstCount = first.count
        secondCount = second.count
        self.firstMedian = firstMedian
        self.secondMedian = secondMedian
        let isPositive = (first + second).allSatisfy { $0 > 0 }
        let statistic: (Double, Double) -> Double = isPositive ? { $1 / $0 } : { $1 - $0 }
        scale = isPositive ? .ratio : .difference
        effect = statistic(firstMedian, secondMedian)
        interval = bootstrap.interval(of: statistic, first, second)
        let test = MannWhitney(second, first)
        pValue = test.pValue
        isConstant = (first + second).allSatisfy { $0 == first[0] }
        cliffsDelta = test.cliffsDelta
    }

    /// Whether both sides have enough trials.
    var hasEnoughTrials: Bool { min(firstCount, secondCount) >= Self.leastTrials }

    /// The effect that means no difference.
    var noEffect: Double { scale == .ratio ? 1 : 0 }

    /// The effects that are too small to count. A ratio lies in it if its inverse does.
    var negligible: Interval {
        let least = measure.leastDifference
        switch scale {
        case .ratio:
            let share = 1 + measure.minimumEffect
            return Interval(
                low: min(1 / share, 1 - least / firstMedian), high: max(share, 1 + least / firstMedian))
        case .difference:
            let amount = max(measure.minimumEffect * abs(firstMedian), least)
            return Interval(low: -amount, high: amount)
        }
    }
}
