import Glibc
import Testing

@testable import LabBase
@testable import LabStatistics

@Suite("Synthetic stalls, 50 repetitions") struct SyntheticRepetitionTests {
    private static let repetitions = 50
    /// Fewer resamples than the reports take, since debug builds are slow.
    private static let bootstrap = Bootstrap(resamples: 999)
    private static let knownStall = 1_000_000.0

    /// Log-normal stalls around a known median, with a tail of slow ones.
    private struct Stalls {
        var random: SeededGenerator

        mutating func draw(_ count: Int, median: Double) -> [Double] {
            (0..<count).map { _ in
                let uniform = (Double(random.next() >> 11) + 0.5) / 0x1p53
                return median * exp(0.1 * NormalDistribution.quantile(uniform))
            }
        }
    }

    @Test("A known stall lies within its interval")
    func covered() {
        var stalls = Stalls(random: SeededGenerator(seed: 3))
        let covered = (0..<Self.repetitions).count { _ in
            let values = stalls.draw(15, median: Self.knownStall)
            return Self.bootstrap.medianInterval(of: values).contains(Self.knownStall)
        }
        // 95 of 100 are promised; 43 of 50 or fewer would happen once in a hundred times.
        #expect(covered >= 44, "\(covered) of 50")
    }

    @Test("A regression in one cell among four is caught, an equal pair is not")
    func regression() throws {
        var stalls = Stalls(random: SeededGenerator(seed: 4))
        var caught = 0
        var alarms = 0
        for _ in 0..<Self.repetitions {
            let contrasts = try [1.25, 1, 1, 1].map { factor in
                try #require(
                    Contrast(
                        stalls.draw(15, median: Self.knownStall),
                        stalls.draw(15, median: factor * Self.knownStall), .init(),
                        bootstrap: Self.bootstrap))
            }
            let verdicts = Comparison.judge(contrasts).map(\.verdict)
            caught += verdicts[0] == .worse ? 1 : 0
            alarms += verdicts.dropFirst().contains { $0 == .worse || $0 == .better } ? 1 : 0
        }
        #expect(caught == Self.repetitions && alarms <= 2, "\(caught) caught, \(alarms) false alarms")
    }
}
