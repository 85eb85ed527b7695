import Glibc
import Testing

@testable import LabBase
@testable import Measurement

@Suite("Zipf's distribution") struct ZipfDistributionTests {
    @Test(
        "Ranks come as often as their probabilities say (chi-squared, 0.1 %)",
        arguments: [0, 0.5, 0.99, 1, 1.5], [1, 2, 10, 1000])
    func frequencies(exponent: Double, count: Int) {
        let zipf = ZipfDistribution(count: count, exponent: exponent)
        var random = SeededGenerator(seed: 42)
        let draws = 100_000
        var seen = [Int](repeating: 0, count: count + 1)
        for _ in 0..<draws { seen[zipf.draw(&random)] += 1 }
        let weights = (1...count).map { pow(Double($0), -exponent) }
        let total = weights.reduce(0, +)
        // Rare ranks are grouped, so that at least ten are expected in each class.
        var squares = 0.0
        var classes = 0
        var (expected, observed) = (0.0, 0.0)
        for rank in 1...count {
            expected += Double(draws) * weights[rank - 1] / total
            observed += Double(seen[rank])
            guard expected >= 10 || rank == count else { continue }
            squares += (observed - expected) * (observed - expected) / max(expected, 1)
            classes += 1
            (expected, observed) = (0, 0)
        }
        // The 0.999 quantile by Wilson and Hilferty's approximation.
        let freedom = Double(max(classes - 1, 1))
        let spread = 2 / (9 * freedom)
        let critical = freedom * pow(1 - spread + 3.09 * sqrt(spread), 3)
        #expect(squares < critical)
    }

    @Test("The same seed gives the same ranks, none out of range, for a billion of them too")
    func range() {
        let zipf = ZipfDistribution(count: 1_000_000_000, exponent: 0.99)
        var (first, second) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
        let ranks = (0..<1000).map { _ in zipf.draw(&first) }
        #expect(ranks == (0..<1000).map { _ in zipf.draw(&second) })
        #expect(ranks.allSatisfy { (1...1_000_000_000).contains($0) } && ranks.contains(1))
    }
}
