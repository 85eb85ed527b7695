import Testing

@testable import ForkLab

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

    @Test("Without a selector every cell must keep to it")
    func everyCell() throws {
        #expect(try evaluate("fork_stall < 3 us").map(\.held) == [true, true, true, false])
    }

    @Test("What was not measured, or selects nothing, is not held")
    func notMeasured() throws {
        let missing = try evaluate("mode=1,threads=1.operations_per_second > 0")
        #expect(missing.map(\.held) == [false] && missing[0].left == nil)
        #expect(try evaluate("mode=2.fork_stall < 1 s").map(\.held) == [false])
    }
}
