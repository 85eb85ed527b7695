import Testing

@testable import LabBase
@testable import LabScenario

@Suite("Parts of a plan") struct ShardTests {
    private static let text = """
        title: T
        question: Q
        workload: {name: heap, distribution: "16,64"}
        matrix: {mode: [1, 2], reference: [glibc, jemalloc], file_system: [tmpfs, xfs], fork_copy: [auto, classic]}
        trials: 7
        warm_up: 2
        """
    private static let places = ["tmpfs", "xfs"]

    private func scenario() throws -> Scenario { try Scenario.parse(Self.text, file: "s.yaml") }

    @Test("The shards together make every measured trial once, each on all cells", arguments: 1...7)
    func union(count: Int) throws {
        let scenario = try scenario()
        let whole = Plan(scenario, fileSystems: Self.places)
        let parts = try (1...count).map {
            Plan(scenario, fileSystems: Self.places, shard: try Shard("\($0)/\(count)"))
        }
        let measured = parts.flatMap(\.steps).filter { !$0.isWarmUp }
        #expect(measured.map(\.sequence).sorted() == whole.steps.filter { !$0.isWarmUp }.map(\.sequence))
        for part in parts {
            #expect(part.cells == whole.cells)
            #expect(part.steps.filter(\.isWarmUp) == whole.steps.filter(\.isWarmUp))
            let trials = Set(part.steps.filter { !$0.isWarmUp }.map(\.trial))
            for cell in part.cells {
                #expect(Set(part.steps.filter { $0.cell == cell && !$0.isWarmUp }.map(\.trial)) == trials)
            }
        }
    }

    @Test("More trials lengthen a plan; cells that are not available do not change the order of the rest")
    func stable() throws {
        let scenario = try scenario()
        let whole = Plan(scenario, fileSystems: Self.places)
        let longer = Plan(try scenario.with(trials: 9), fileSystems: Self.places)
        #expect(Array(longer.steps.prefix(whole.steps.count)) == whole.steps)
        #expect(
            Plan(scenario, fileSystems: ["xfs"]).steps
                == whole.steps.filter { $0.cell["file_system"] != "tmpfs" })
    }

    @Test(
        "A shard is a number and how many there are",
        arguments: ["", "2", "0/2", "3/2", "1/2/3", "a/b", "-1/2"])
    func invalid(text: String) {
        #expect(throws: InputError.self) { try Shard(text) }
    }

    @Test("No shard may be without a trial")
    func tooMany() throws {
        let scenario = try scenario()
        try Shard("7/7").check(scenario)
        #expect(throws: InputError.self) { try Shard("1/8").check(scenario) }
    }

    private func kept(_ filters: String...) throws -> Set<String> {
        let scenario = try scenario()
        let filter = try CellFilter(filters, for: scenario)
        let cells = Plan(scenario, fileSystems: Self.places, filter: filter).cells
        return Set(
            cells.map { cell in
                [cell.contender?.description, cell["file_system"], cell["fork_copy"]].compactMap { $0 }
                    .joined(separator: " ")
            })
    }

    @Test(
        "Filters: all keys must agree, a comma is or, mode and reference go together, a missing key is kept")
    func filters() throws {
        #expect(try kept("mode=1") == ["mode=1 tmpfs", "mode=1 xfs"])
        #expect(try kept("mode=1", "reference=glibc") == ["mode=1 tmpfs", "mode=1 xfs", "reference=glibc"])
        #expect(
            try kept("mode=1,2", "file_system=xfs", "fork_copy=classic") == [
                "mode=1 xfs", "mode=2 xfs classic",
            ])
        #expect(try kept("mode=1", "mode=2", "file_system=xfs", "fork_copy=auto").count == 2)
        #expect(
            try kept("file_system=xfs", "fork_copy=auto")
                == ["mode=1 xfs", "mode=2 xfs auto", "reference=glibc", "reference=jemalloc"])
        // A list of sizes is one value.
        #expect(try kept("distribution=16,64", "mode=1").count == 2)
    }

    @Test(
        "What a filter names must be there",
        arguments: [
            ("mode", "\"mode\" is not a filter; give key=value or key=value,value, as in mode=1"),
            (
                "mod=1",
                "unknown key \"mod\"; did you mean \"mode\"? valid are mode, reference, file_system, distribution, "
                    + "fork_copy"
            ),
            ("mode=1,3", "unknown value of mode \"3\"; valid are 1, 2"),
            (
                "reference=glib",
                "unknown value of reference \"glib\"; did you mean \"glibc\"? valid are glibc, jemalloc"
            ),
        ])
    func wrongFilter(text: String, problem: String) throws {
        #expect(throws: InputError("--filter", problem)) { try kept(text) }
    }
}
