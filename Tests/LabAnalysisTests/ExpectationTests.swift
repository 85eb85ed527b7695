import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

@Suite("Expectations") struct ExpectationTests {
    private let cells = [
        Fixtures.cell(["mode": "1", "file_system": "tmpfs", "threads": "1"], forkStalls: [90, 100, 500]),
        Fixtures.cell(["mode": "1", "file_system": "tmpfs", "threads": "2"], forkStalls: [2000]),
        Fixtures.cell(["reference": "jemalloc", "threads": "1"], forkStalls: [2000]),
        Fixtures.cell(["reference": "jemalloc", "threads": "2"], forkStalls: [4000]),
    ]

    private func evaluate(_ text: String) throws -> [ExpectationResult] {
        try Expectation(text).evaluate(cells)
    }

    @Test("A ratio compares medians of cells that agree in all other keys")
    func ratio() throws {
        let results = try evaluate("mode=1.fork_stall < 0.1 * reference=jemalloc.fork_stall")
        #expect(results.map(\.held) == [true, false])
        #expect(results.map(\.left) == [100, 2000])
        #expect(results.map(\.right) == [200, 400])
        #expect(results.map(\.cell) == cells.prefix(2).map(\.cell))
    }

    @Test("A bound has a unit")
    func bound() throws {
        #expect(try evaluate("mode=1,threads=2.fork_stall <= 2 us").map(\.held) == [true])
        #expect(try evaluate("mode=1,threads=2.fork_stall < 2 us").map(\.held) == [false])
        #expect(try evaluate("2 us >= mode=1,threads=2.fork_stall").map(\.held) == [true])
        #expect(try evaluate("reference=jemalloc.fork_stall > 0.003 ms").map(\.held) == [false, true])
    }

    @Test("Without a selector it applies to every cell")
    func everyCell() throws {
        #expect(try evaluate("fork_stall < 3 us").map(\.held) == [true, true, true, false])
    }

    @Test("An expectation that was not measured, or selects nothing, is not held")
    func notMeasured() throws {
        let missing = try evaluate("mode=1,threads=1.operations_per_second > 0")
        #expect(missing.map(\.held) == [false] && missing[0].left == nil)
        #expect(try evaluate("mode=2.fork_stall < 1 s").map(\.held) == [false])
    }

    @Test("A median near the bound is still held or missed, but marked as uncertain")
    func certainty() throws {
        let cells = [
            Fixtures.cell(["mode": "1"], forkStalls: [90, 95, 100, 105, 110, 115]),
            Fixtures.cell(["mode": "2"], forkStalls: [900, 950, 1000, 1050, 1100]),
            Fixtures.cell(["mode": "3"], forkStalls: [1, 2]),
        ]
        func result(_ text: String) throws -> ExpectationResult {
            try #require(try Expectation(text).evaluate(cells).first)
        }
        let near = try result("mode=1.fork_stall < 104 ns")
        #expect(near.held && near.certainty == .straddling)
        #expect(try result("mode=1.fork_stall < 101 ns").held == false)
        #expect(try result("mode=1.fork_stall < 200 ns").certainty == .clear)
        #expect(try result("mode=1.fork_stall < 0.2 * mode=2.fork_stall").certainty == .clear)
        #expect(try result("mode=1.fork_stall < 0.105 * mode=2.fork_stall").certainty == .straddling)
        let few = try result("mode=3.fork_stall < 1 s")
        #expect(few.held && few.certainty == .tooFewTrials)
        #expect(
            near.description(label: \.description)
                == "held: mode=1.fork_stall < 104 ns (mode=1: 103 ns against 104 ns; uncertain: the 95 % interval "
                + "reaches to the other side)")
    }

    @Test("Properties: every trial must have had one of the values")
    func properties() throws {
        func sample(_ trial: Int, _ outcome: Outcome?, _ actions: [ForkAccount.Action]) -> Sample {
            var sample = Fixtures.sample(
                ["mode": "2"], trial: trial,
                verdicts: outcome.map { [Fixtures.verdict(.isolationChildToParent, $0)] } ?? [])
            sample.report?.complete = outcome != nil
            sample.report?.accounts = actions.enumerated().map { index, action in
                .init(
                    fork: index + 1, depth: 1, parent: ForkAccount(mode: .poolCopy, action: action),
                    child: nil)
            }
            return sample
        }
        func held(_ text: String, _ samples: [Sample]) throws -> Bool {
            let cell = CellSummary(Cell(["mode": "2"]), samples: samples, libraries: [Fixtures.library])
            return try Expectation(text).evaluate([cell]).allSatisfy(\.held)
        }
        let good = [sample(1, .held, [.reflink]), sample(2, .held, [.reflink])]
        let isolation = "mode=2.isolation_child_to_parent = held"
        #expect(try held(isolation, good))
        #expect(try !held(isolation, good + [sample(3, .broken, [])]))
        #expect(try !held(isolation, good + [sample(3, nil, [])]), "a crash proves nothing")
        #expect(try held("mode=2.action = reflink", good))
        #expect(try held("mode=2.action != memory", good))
        #expect(try held("mode=2.correctness = held", good))
        let mixed = good + [sample(3, .held, [.reflink, .memory])]
        #expect(try !held("mode=2.action = reflink", mixed))
        #expect(try held("mode=2.action = reflink|memory", mixed))
        #expect(try !held("mode=2.action != memory", mixed))
        #expect(try !held("mode=2.effect = pool_copied", good), "not looked at")
        #expect(try !held("mode=1.action = reflink", good), "no such cell")
    }

    @Test(
        "What is wrong, and the nearest thing that is right",
        arguments: [
            ("mode=1.action = refling", "unknown action \"refling\"; did you mean \"reflink\"?"),
            ("mode=1.acton = reflink", "unknown property \"acton\"; did you mean \"action\"?"),
            (
                "mode=1.isolation_child_to_parents = held",
                "unknown property \"isolation_child_to_parents\"; did you mean \"isolation_child_to_parent\"?"
            ),
            ("mode=1.fork_stall = 5 ms", "fork_stall is a number; compare it with <, <=, > or >="),
            ("mode=1.action < reflink", "action is not a number; compare it with = or !="),
            ("mode=1.fork_stal < 5 ms", "unknown metric \"fork_stal\"; did you mean \"fork_stall\"?"),
            (
                "mode=1.fork_stall < 5 M",
                "\"mode=1.fork_stall < 5 M\": fork_stall counts time, not bytes"
            ),
            (
                "mode=1.fork_stall < 5 min",
                "\"5 min\" is not a number, 0 or more, with a unit; the units are ns, us, ms, s, %, K, M, G"
            ),
            ("mode=1.action == reflink", "\"mode=1.action == reflink\": write = for =="),
        ])
    func messages(text: String, message: String) {
        #expect(throws: Expectation.SyntaxError(problem: message)) { try Expectation(text) }
    }
}
