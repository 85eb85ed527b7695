import Testing

@testable import LabStatistics

@Suite("Statistics against scipy") struct ScipyTests {
    private func sample(_ name: String) throws -> [Double] { try #require(ScipyValues.samples[name]) }

    private func isClose(_ value: Double, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
        abs(value - expected) <= tolerance * max(1e-3, abs(expected))
    }

    @Test("Quantiles are those of numpy")
    func quantiles() throws {
        for (name, expected) in ScipyValues.quantiles {
            let summary = try #require(SampleSummary(try sample(name)))
            let own = [
                summary.minimum, summary.lowerQuartile, summary.median, summary.upperQuartile,
                summary.maximum,
            ]
            #expect(zip(own, expected).allSatisfy { isClose($0, $1) }, "\(name): \(own)")
        }
        #expect(SampleSummary([]) == nil && Quantile.median(of: []) == nil)
    }

    @Test("Normal quantiles, far into the tails")
    func normal() {
        for (probability, z) in ScipyValues.normalQuantiles {
            let own = NormalDistribution.quantile(probability)
            #expect(abs(own - z) < 1e-9, "\(probability): \(own)")
            #expect(isClose(NormalDistribution.cumulative(z), probability))
        }
    }

    @Test("Mann-Whitney: exact, approximate, with ties")
    func mannWhitney() throws {
        for (first, second, u, pValue) in ScipyValues.mannWhitney + ScipyValues.mannWhitneySmall {
            let test = MannWhitney(try sample(first), try sample(second))
            #expect(test.u == u, "\(first) \(second): U \(test.u)")
            #expect(isClose(test.pValue, pValue), "\(first) \(second): p \(test.pValue)")
            let mirrored = MannWhitney(try sample(second), try sample(first))
            #expect(isClose(mirrored.pValue, pValue))
            #expect(abs(mirrored.cliffsDelta + test.cliffsDelta) < 1e-12)
        }
    }

    @Test("Cliff's delta, which is 1 if all of the first sample are larger")
    func effectSize() throws {
        for (first, second, delta) in ScipyValues.effectSizes {
            let own = MannWhitney(try sample(first), try sample(second)).cliffsDelta
            #expect(abs(own - delta) < 1e-12, "\(first) \(second): \(own)")
        }
    }

    @Test("The least p-value is that of samples that do not overlap")
    func leastPValue() {
        for (first, second) in [(1, 1), (3, 3), (4, 4), (5, 5), (5, 8)] {
            let low = (0..<first).map { Double($0) }
            let high = (0..<second).map { Double($0 + 100) }
            let test = MannWhitney(low, high)
            #expect(isClose(test.pValue, MannWhitney.leastPValue(first, second)))
            #expect(test.cliffsDelta == -1)
        }
    }

    @Test("BCa intervals of medians and ratios of medians, as far as random numbers allow")
    func intervals() throws {
        // Resampling determines the ends to within a hundredth or so of the width.
        func agrees(_ own: Interval, _ low: Double, _ high: Double) -> Bool {
            max(abs(own.low - low), abs(own.high - high)) < 0.04 * (high - low)
        }
        for (name, low, high) in ScipyValues.medianIntervals {
            let own = Bootstrap.standard.medianInterval(of: try sample(name))
            #expect(agrees(own, low, high), "\(name): \(own)")
        }
        for (first, second, low, high) in ScipyValues.ratioIntervals {
            let own = Bootstrap.standard.interval(of: { $1 / $0 }, try sample(first), try sample(second))
            #expect(agrees(own, low, high), "\(first) \(second): \(own)")
        }
        for (first, second, low, high) in ScipyValues.differenceIntervals {
            let own = Bootstrap.standard.interval(of: { $1 - $0 }, try sample(first), try sample(second))
            #expect(agrees(own, low, high), "\(first) \(second): \(own)")
        }
    }

    @Test("The same values give the same interval; values that are all equal give themselves")
    func reproducible() throws {
        let values = try sample("fifteen")
        let interval = Bootstrap.standard.medianInterval(of: values)
        #expect(interval == Bootstrap.standard.medianInterval(of: values.reversed()))
        #expect(Bootstrap.standard.medianInterval(of: [7]) == Interval(low: 7, high: 7))
        #expect(Bootstrap.standard.medianInterval(of: [4, 4, 4, 4, 4]) == Interval(low: 4, high: 4))
    }

    @Test("Scores of outliers; a single value far off where all others are equal")
    func outliers() throws {
        for (name, expected) in ScipyValues.outlierScores {
            let own = OutlierDetection.scores(try sample(name))
            #expect(zip(own, expected).allSatisfy { isClose($0, $1, within: 1e-4) }, "\(name): \(own)")
        }
        let scores = OutlierDetection.scores(Array(repeating: 1, count: 20) + [5])
        #expect(scores[20] > OutlierDetection.threshold && scores[0] == 0)
        #expect(OutlierDetection.scores([2, 2]) == [0, 0])
    }

    @Test("Holm: values by hand, never above 1, in the order given")
    func holm() {
        let adjusted = Holm.adjusted([0.01, 0.04, 0.03, 0.005, 0.9])
        #expect(zip(adjusted, [0.04, 0.09, 0.09, 0.025, 0.9]).allSatisfy { isClose($0, $1) })
        #expect(Holm.adjusted([0.6, 0.7]) == [1, 1] && Holm.adjusted([]).isEmpty)
    }
}
