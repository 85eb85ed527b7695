import Testing

@testable import LabRun
@testable import LabScenario

@Suite("Settings of the library in a scenario") struct LibrarySettingTests {
    private func parse(_ lines: String) throws -> Scenario {
        try Scenario.parse(
            """
            title: T
            question: Q
            workload: {name: heap}
            \(lines)
            """, file: "s.yaml")
    }

    private func message(_ lines: String) -> String {
        do {
            _ = try parse(lines)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private static let matrix = "matrix: {mode: [0, 1, 2, 3], reference: glibc, file_system: tmpfs"

    @Test("A setting varies only where it has an effect")
    func collapsed() throws {
        let scenario = try parse("\(Self.matrix), fork_copy: [auto, classic], pool_reserve: [eager, lazy]}")
        let cells = Plan(scenario, fileSystems: ["tmpfs"]).cells
        func count(_ key: String, _ value: String) -> Int { cells.count { $0[key] == value } }
        // Two values of pool_reserve in modes 0 and 1; fork_copy too in modes 2 and 3.
        #expect(count("mode", "0") == 2 && count("mode", "1") == 2)
        #expect(count("mode", "2") == 4 && count("mode", "3") == 4)
        #expect(count("reference", "glibc") == 1)
        #expect(cells.allSatisfy { $0["fork_copy"] == nil || ["2", "3"].contains($0["mode"]) })
    }

    @Test("fold=auto is passed on, since it is not what the library does without the variable")
    func automatic() throws {
        let scenario = try parse("\(Self.matrix), fold: [auto], fork_copy: [auto], pool_reserve: [auto]}")
        let environments = Plan(scenario, fileSystems: ["tmpfs"]).cells.filter { $0["mode"] != nil }.map {
            ($0["mode"], LibrarySetting.environment(of: $0))
        }
        #expect(environments.count == 4)
        for (mode, environment) in environments {
            #expect(environment == (mode == "0" ? [:] : ["VMMALLOC_FOLD": "auto"]), "\(mode ?? "")")
        }
    }

    @Test("Cells that a file system does not support are left out")
    func impossible() throws {
        let scenario = try parse("\(Self.matrix), fork_copy: [auto, reflink]}")
        let cells = Plan(
            scenario, fileSystems: ["tmpfs"], impossible: [["file_system": "tmpfs", "fork_copy": "reflink"]]
        ).cells
        #expect(!cells.contains { $0["fork_copy"] == "reflink" } && cells.count { $0["mode"] == "2" } == 1)
    }

    @Test("tmpfs has no reflink: cells that ask for it are skipped, with the reason")
    func skipped() throws {
        let scenario = try parse("\(Self.matrix), fork_copy: [auto, reflink, memory]}")
        let selection = FileSystemSelection(
            scenario.fileSystems, fixtures: LoopFixtures(imageDirectory: "/tmp"))
        let tmpfs = try #require(selection.usable.first)
        let skipped = tmpfs.skippedEngines(in: scenario)
        #expect(skipped.map(\.selector) == [["file_system": "tmpfs", "fork_copy": "reflink"]])
        #expect(skipped[0].skipped.description.hasPrefix("file_system=tmpfs fork_copy=reflink: skipped: "))
    }

    @Test("Every file system's name leads back to it", arguments: FileSystemName.allNames)
    func fileSystems(name: String) {
        #expect(FileSystemName(name)?.text == name)
    }

    @Test("Settings reach the library as variables; auto leaves them unset")
    func environment() {
        let cell = Cell([
            "mode": "2", "fork_copy": "classic", "pool_reserve": "auto", "VMMALLOC_NEW": "x", "forks": "2",
        ])
        #expect(
            LibrarySetting.environment(of: cell) == ["VMMALLOC_FORK_COPY": "classic", "VMMALLOC_NEW": "x"])
        #expect(LibrarySetting.environment(of: Cell(["mode": "1", "fork_space": "strict"])) == [:])
        #expect(LibrarySetting.environment(of: Cell(["reference": "glibc", "VMMALLOC_NEW": "x"])) == [:])
    }

    @Test("Fixed settings go under library")
    func fixed() throws {
        let scenario = try parse("library: {fork_space: strict, VMMALLOC_NEW: 1}\n\(Self.matrix)}")
        #expect(scenario.parameters == ["fork_space": "strict", "VMMALLOC_NEW": "1"])
    }

    @Test("Golden messages")
    func golden() {
        #expect(
            message("library: {fork_copy: clasic}\n\(Self.matrix)}")
                == "s.yaml:4: library.fork_copy: unknown value \"clasic\"; did you mean \"classic\"?")
        #expect(
            message("\(Self.matrix), VMMALLOC_FORK: 1}")
                == "s.yaml:4: matrix.VMMALLOC_FORK: \"VMMALLOC_FORK\" is set by mode; give that")
        #expect(
            message("\(Self.matrix), VMMALLOC_FORK_COPY: reflink}")
                == "s.yaml:4: matrix.VMMALLOC_FORK_COPY: \"VMMALLOC_FORK_COPY\" is set by fork_copy; give that"
        )
        #expect(
            message("library: {fork_copy: classic}\n\(Self.matrix), fork_copy: [auto]}")
                == "s.yaml:5: matrix.fork_copy: is also set under library; set it in one of the two places")
    }
}
