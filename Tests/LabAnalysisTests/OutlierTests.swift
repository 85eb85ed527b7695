import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabScenario
@testable import LabStatistics

@Suite("Outliers and what to do about them") struct OutlierTests {
    /// Trials in the order of the plan, alternating between two cells.
    private func samples(_ first: [UInt64], _ second: [UInt64]) -> [Sample] {
        zip(first, second).enumerated().flatMap { index, values in
            [("1", values.0, 0), ("2", values.1, 1)].map { mode, value, place in
                var sample = Fixtures.sample(["mode": mode], trial: index + 1, forkStall: value)
                sample.sequence = 2 * index + place + 1
                return sample
            }
        }
    }

    private func lines(_ samples: [Sample]) -> [String] {
        let cells = [Cell(["mode": "1"]), Cell(["mode": "2"])]
        return OutlierAdvice(Outlier.find(in: samples, cells: cells), labels: CellLabels(cells)).lines
    }

    private let calm: [UInt64] = [10_000, 10_100, 10_200, 10_300, 10_400]

    @Test("Nothing to say about calm trials, nor about too few")
    func calmTrials() {
        #expect(lines(samples(calm, calm)).isEmpty)
        #expect(lines(samples([10_000, 10_100, 90_000], [1, 2, 3])).isEmpty)
    }

    @Test("One disturbed trial is named with its value and the median")
    func one() {
        let lines = lines(samples([10_000, 10_100, 90_000, 10_300, 10_400], calm))
        #expect(
            lines.first
                == "outlier: mode=1: trial 3: fork_stall 90.0 us where the median is 10.3 us")
        #expect(lines.count == 2 && lines[1].contains("forklab doctor"))
    }

    @Test("If only first trials stand out, warm-up helps; neighbours in time were disturbed together")
    func advice() {
        let first: [UInt64] = [90_000, 10_100, 10_200, 10_300, 10_400]
        #expect(lines(samples(first, first)).last?.contains("warm_up") == true)
        let third: [UInt64] = [10_000, 10_100, 90_000, 10_300, 10_400]
        #expect(
            lines(samples(third, third)).last?.hasPrefix("Trials 5 to 6 of the plan, of different cells,")
                == true)
    }

    @Test("Outliers stay in the statistics")
    func kept() throws {
        let values: [UInt64] = [10_000, 10_100, 90_000, 10_300, 10_400]
        #expect(Fixtures.cell(["mode": "1"], forkStalls: values).metrics["fork_stall"]?.maximum == 90_000)
    }
}
