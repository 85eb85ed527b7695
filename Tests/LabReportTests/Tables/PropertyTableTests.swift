import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabReport
@testable import LabScenario
@testable import WorkloadSchema

@Suite("The table of properties") struct PropertyTableTests {
    private func cell(_ keys: [String: String], _ answers: [PropertyAnswer]) -> CellSummary {
        var sample = Fixtures.sample(keys)
        sample.report?.answers = answers
        return CellSummary(Cell(keys), samples: [sample], libraries: [Fixtures.library])
    }

    private var cells: [CellSummary] {
        [
            cell(["mode": "1", "file_system": "tmpfs"], [.init(.childWritesUnseen, .yes)]),
            cell(
                ["mode": "2", "file_system": "tmpfs"],
                [.init(.childWritesUnseen, .yes), .init(.noRoomForks, .notApplicable, "shared")]),
            cell(
                ["mode": "2", "file_system": "xfs"],
                [.init(.childWritesUnseen, .no, "5 blocks"), .init(.noRoomForks, .crashed)]),
            cell(
                ["mode": "2", "file_system": "xfs", "fork_space": "strict"],
                [.init(.childWritesUnseen, .yes)]),
            cell(["reference": "glibc"], [.init(.childWritesUnseen, .yes)]),
            Fixtures.cell(["mode": "3"], forkStalls: [1]),
        ]
    }

    @Test("File systems that agree share an answer; a setting that varies has a column")
    func grid() throws {
        let grid = try #require(PropertyTable(cells)).grid(isQuestion: false)
        #expect(grid.titles == ["", "mode 1", "mode 2", "mode 2, fork_space=strict", "glibc"])
        #expect(
            grid.rows == [
                ["child_writes_unseen", "yes", "no; yes on tmpfs", "yes", "yes"],
                ["no_room_forks", "", "crashed", "", ""],
            ])
    }

    @Test("If the answer is not yes, the table says what was seen")
    func details() throws {
        let details = try #require(PropertyTable(cells)).details(\.description)
        #expect(
            details == [
                "`child_writes_unseen`, mode=2 file_system=xfs: no: 5 blocks",
                "`no_room_forks`, mode=2 file_system=xfs: crashed",
            ])
    }

    @Test("Without answers there is no table")
    func none() { #expect(PropertyTable([Fixtures.cell(["mode": "3"], forkStalls: [1])]) == nil) }

    @Test("A missed expectation names the property, the cell and what was seen")
    func message() throws {
        let results = try Expectation("mode=1|2.child_writes_unseen = yes").evaluate(cells)
        #expect(results.filter { !$0.held }.count == 1 && results.count == 4)
        let missed = try #require(results.first { !$0.held })
        #expect(
            missed.description(label: \.description)
                == "MISSED: mode=1|2.child_writes_unseen = yes (mode=2 file_system=xfs: no: 5 blocks)")
    }

    @Test("An undecided property breaks a cell in every mode")
    func undecided() {
        let cell = cell(["mode": "0"], [.init(.childWritesUnseen, .undecided, "not in the pool")])
        #expect(cell.correctness.status == .broken)
        #expect(
            cell.correctness.findings.map(\.description)
                == ["child_writes_unseen: undecided: not in the pool (1 trial)"])
    }

    @Test("Braces stand for several properties")
    func braces() {
        #expect(Expectation.expanded("mode=1.{a, b} = yes") == ["mode=1.a = yes", "mode=1.b = yes"])
        #expect(Expectation.expanded("mode=1.a = yes") == ["mode=1.a = yes"])
        let text = """
            title: T
            question: Q
            workload: {name: semantics}
            matrix: {mode: [1, 2], file_system: tmpfs}
            expect:
              - mode=1|2.{heap_as_of_fork, child_writes_unsen} = yes
            """
        #expect(
            Scenario.complaint(about: text)
                == "s.yaml:6: expect[1]: unknown property \"child_writes_unsen\"; did you mean \"child_writes_unseen\"?"
        )
        #expect(
            Scenario.complaint(
                about: text.replacing("unsen}", with: "unseen}").replacing("1|2.", with: "1|7."))
                == "s.yaml:6: expect[1]: \"7\" is not a fork mode; give 0, 1, 2 or 3")
    }
}
