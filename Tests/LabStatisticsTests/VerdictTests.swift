import Testing

@testable import LabBase
@testable import LabStatistics

@Suite("Verdicts") struct VerdictTests {
    private func judge(
        _ first: [Double], _ second: [Double], _ measure: Contrast.Measure = Contrast.Measure()
    ) throws -> Comparison {
        Comparison.judge([try #require(Contrast(first, second, measure))])[0]
    }

    private func spread(_ middle: Double, by share: Double, count: Int) -> [Double] {
        (0..<count).map { middle * (1 + share * (2 * Double($0) / Double(count - 1) - 1)) }
    }

    @Test("Clear differences, in the direction of the metric")
    func clear() throws {
        let base = spread(100, by: 0.02, count: 7)
        let worse = spread(120, by: 0.02, count: 7)
        #expect(try judge(base, worse).verdict == .worse)
        #expect(try judge(worse, base).verdict == .better)
        #expect(try judge(base, worse, .init(lowerIsBetter: false)).verdict == .better)
        let comparison = try judge(base, worse)
        #expect(!comparison.excludesRegression && comparison.reason.isEmpty)
        #expect(comparison.contrast.cliffsDelta == 1 && comparison.contrast.scale == .ratio)
        #expect(abs(comparison.contrast.effect - 1.2) < 1e-12)
    }

    @Test("The same needs evidence: a narrow interval, not a large p-value")
    func same() throws {
        let narrow = spread(100, by: 0.01, count: 7)
        let wide = spread(100, by: 0.3, count: 7)
        #expect(try judge(narrow, narrow).verdict == .same)
        let unclear = try judge(wide, wide)
        #expect(unclear.verdict == .inconclusive && unclear.contrast.pValue > 0.9)
        #expect(unclear.reason.hasPrefix("too much spread for 7 trials: about "))
        // Different beyond doubt, but by less than the minimum effect.
        let little = try judge(narrow, spread(102, by: 0.001, count: 7))
        #expect(little.verdict == .same && little.contrast.pValue < 0.01)
    }

    @Test("Too few trials are inconclusive, whatever they show")
    func tooFew() throws {
        let comparison = try judge([1, 2, 3, 4], [100, 200, 300, 400, 500])
        #expect(comparison.verdict == .inconclusive && !comparison.excludesRegression)
        #expect(comparison.reason == "too few trials (4 and 5): make 5 at least")
    }

    @Test("Many comparisons need more evidence, and say how much")
    func family() throws {
        let base = spread(100, by: 0.02, count: 5)
        let worse = try #require(Contrast(base, spread(130, by: 0.02, count: 5), .init()))
        let equal = try #require(Contrast(base, base, .init()))
        #expect(Comparison.judge([worse] + Array(repeating: equal, count: 5))[0].verdict == .worse)
        let lost = Comparison.judge([worse] + Array(repeating: equal, count: 19))[0]
        #expect(lost.verdict == .inconclusive && lost.adjustedPValue > 0.15)
        #expect(
            lost.reason
                == "5 and 5 trials cannot tell, with 20 comparisons: make 6, or compare fewer metrics")
    }

    @Test("Amounts that may be zero are compared by their difference")
    func difference() throws {
        let measure = Contrast.Measure(leastDifference: 65536)
        let none = [Double](repeating: 0, count: 5)
        let some = spread(1e8, by: 0.01, count: 5)
        let comparison = try judge(none, some, measure)
        #expect(comparison.verdict == .worse && comparison.contrast.scale == .difference)
        #expect(try judge(none, none, measure).verdict == .same)
        #expect(try judge(none, spread(4096, by: 0.1, count: 5), measure).verdict == .same)
    }

    @Test("What the clock cannot tell apart is the same, however large the ratio")
    func leastDifference() throws {
        let measure = Contrast.Measure(leastDifference: 100)
        let base = spread(50, by: 0.1, count: 7)
        #expect(try judge(base, spread(90, by: 0.1, count: 7), measure).verdict == .same)
        #expect(try judge(base, spread(900, by: 0.1, count: 7), measure).verdict == .worse)
    }

    @Test("Better or the same: not worse, although inconclusive")
    func notWorse() throws {
        let base = spread(100, by: 0.02, count: 9)
        let comparison = try judge(base, spread(96, by: 0.05, count: 9))
        #expect(comparison.verdict == .inconclusive && comparison.excludesRegression)
    }
}
