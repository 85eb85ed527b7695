import Testing

@testable import LabBase
@testable import LabScenario

@Suite("A time budget") struct TimeBudgetTests {
    private let cells = ["1", "2", "3"].map { Cell(["mode": $0]) }
    private let second: UInt64 = 1_000_000_000

    private func steps(trials: ClosedRange<Int>) -> [Plan.Step] {
        trials.flatMap { trial in
            cells.enumerated().map { Plan.Step(sequence: trial * 3 + $0 + 1, cell: $1, trial: trial) }
        }
    }

    /// The trials made under a budget of `limit`, if each takes `time` of its step.
    private func made(_ limit: String, trials: ClosedRange<Int> = 0...9, time: (Plan.Step) -> UInt64) -> [Plan
        .Step]
    {
        let all = steps(trials: trials)
        var budget = TimeBudget(Duration(text: limit))
        var times = TrialTimes()
        var elapsed: UInt64 = 0
        for index in all.indices {
            guard budget.allows(all[index...], elapsed: elapsed, times: times) else {
                return Array(all[..<index])
            }
            elapsed += time(all[index])
            times.record(all[index].cell, time(all[index]))
        }
        return all
    }

    @Test("It ends before a pass that would not fit: every cell has equally many trials")
    func wholePasses() {
        // Warm-up takes 3 s, each pass 3 s.
        #expect(made("13s") { _ in second } == Array(steps(trials: 0...3)))
        #expect(made("12s") { _ in second } == Array(steps(trials: 0...3)))
        #expect(made("11900ms") { _ in second } == Array(steps(trials: 0...2)))
        #expect(made("1h") { _ in second } == steps(trials: 0...9))
    }

    @Test("Cells with different times are expected to keep them")
    func unequal() {
        let times: [String: UInt64] = ["1": 1, "2": 5, "3": 1]
        #expect(made("20s") { times[$0.cell["mode"]!]! * second }.count == 6)
        #expect(made("21s") { times[$0.cell["mode"]!]! * second }.count == 9)
    }

    @Test("If not even one pass fits, as many cells as possible are measured")
    func firstPass() {
        #expect(made("5s") { _ in second }.count == 5)
        #expect(made("500ms") { _ in second }.count == 1)
    }

    @Test("A pass that takes longer than those before it is cut")
    func slower() {
        #expect(made("10s") { $0.trial < 2 ? second : 2 * second }.count == 8)
    }

    @Test("Without a budget every trial is made")
    func none() {
        var budget = TimeBudget(nil)
        let isAllowed = budget.allows(steps(trials: 1...1)[...], elapsed: .max, times: TrialTimes())
        #expect(isAllowed)
    }

    @Test(
        "Times as people write them",
        arguments: [
            ("90", 90_000), ("90s", 90_000), ("1.5m", 90_000), ("2h", 7_200_000), ("5ms", 5),
            ("2min", 120_000),
        ])
    func parsed(text: String, milliseconds: UInt64) {
        #expect(Duration(text: text)?.nanoseconds == milliseconds * 1_000_000)
    }

    @Test(
        "Texts that are not times",
        arguments: ["", "s", "-1", "1d", "1 m", "0", "1.2.3", "400000h", "m5", "1e3"])
    func notATime(text: String) { #expect(Duration(text: text) == nil) }

    @Test("Times as they are shown")
    func shown() {
        #expect("\(Duration.nanoseconds(7_530 * second).inWords)" == "2 h 5 min")
        #expect("\(Duration.nanoseconds(200 * second).inWords)" == "3 min 20 s")
        #expect("\(Duration.nanoseconds(12_500_000_000).inWords)" == "12.5 s")
    }
}
