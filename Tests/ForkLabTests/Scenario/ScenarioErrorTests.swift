import Testing

@testable import ForkLab

@Suite("What a scenario file gets told") struct ScenarioErrorTests {
    private static let valid = """
        title: T
        question: Q
        workload:
          name: heap
          pool_size: 64M
        matrix:
          mode: [0, 1]
          reference: glibc
          file_system: [tmpfs]
        trials: 3
        """

    private func message(_ text: String) -> String {
        do {
            _ = try Scenario.parse(text, file: "s.yaml")
            return "accepted"
        } catch {
            return error.description
        }
    }

    private func message(replacing old: String, by new: String) -> String {
        #expect(Self.valid.contains(old))
        return message(
            Self.valid.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).joined(
                separator: new))
    }

    @Test("The file that the others are made from is valid")
    func accepted() throws {
        let scenario = try Scenario.parse(Self.valid, file: "folder/s.yaml")
        #expect(scenario.name == "s" && scenario.trials == 3 && scenario.warmUp == 1)
        #expect(scenario.contenders == [.mode(.disabled), .mode(.privateRemap), .reference(.glibc)])
        #expect(scenario.fileSystems == [.tmpfs])
        #expect(scenario.parameters == ["pool_size": "64M"])
    }

    @Test(
        "Golden messages: place, key, what is wrong, what would be right",
        arguments: [
            ("trials: 3", "trails: 3", "s.yaml:10: unknown key \"trails\"; did you mean \"trials\"?"),
            (
                "trials: 3", "trials: many",
                "s.yaml:10: trials: \"many\" is not valid; give a whole number from 1 to 100000"
            ),
            (
                "trials: 3", "trials: 0",
                "s.yaml:10: trials: \"0\" is not valid; give a whole number from 1 to 100000"
            ),
            ("title: T\n", "", "s.yaml:1: the key \"title\" is missing"),
            (
                "name: heap", "name: heep",
                "s.yaml:4: workload.name: unknown workload \"heep\"; did you mean \"heap\"?"
            ),
            (
                "name: heap", "name: xyzzyx",
                "s.yaml:4: workload.name: unknown workload \"xyzzyx\"; valid are heap, snapshot, throughput"
            ),
            (
                "pool_size: 64M", "pool_sise: 64M",
                "s.yaml:5: workload: unknown key \"pool_sise\"; did you mean \"pool_size\"?"
            ),
            (
                "pool_size: 64M", "pool_size: 1M",
                "s.yaml:5: workload.pool_size: \"1M\" is not a pool size; "
                    + "give bytes, 14M at least, such as 256M or 1G"
            ),
            (
                "mode: [0, 1]", "mode: [0, 7]",
                "s.yaml:7: matrix.mode[2]: \"7\" is not a fork mode; give 0, 1, 2 or 3"
            ),
            ("mode: [0, 1]", "mode: [1, 1]", "s.yaml:7: matrix.mode[2]: \"1\" is given twice"),
            (
                "mode: [0, 1]", "mode: []",
                "s.yaml:7: matrix.mode: is an empty list; give one value at least, or drop the key"
            ),
            (
                "reference: glibc", "reference: gilbc",
                "s.yaml:8: matrix.reference: unknown reference \"gilbc\"; did you mean \"glibc\"?"
            ),
            (
                "file_system: [tmpfs]", "file_system: [tmpsf]",
                "s.yaml:9: matrix.file_system[1]: unknown file system \"tmpsf\"; did you mean \"tmpfs\"? "
                    + "(or give an absolute path)"
            ),
            (
                "  file_system: [tmpfs]\n", "",
                "s.yaml:7: matrix: the key \"file_system\" is missing; give tmpfs, working_directory, xfs, btrfs, "
                    + "ext4, tmpfs_huge_always, tmpfs_huge_advise or an absolute path"
            ),
            (
                "reference: glibc", "pool_size: 1G",
                "s.yaml:8: matrix.pool_size: is also set under workload; set it in one of the two places"
            ),
        ])
    func golden(old: String, new: String, expected: String) {
        #expect(message(replacing: old, by: new) == expected)
    }

    @Test("An expectation that names an unknown metric, key or value is found at its line")
    func expectations() {
        let prefix = Self.valid + "\nexpect:\n  - "
        #expect(
            message(prefix + "mode=1.fork_stal < 1 ms")
                == "s.yaml:12: expect[1]: unknown metric \"fork_stal\"; did you mean \"fork_stall\"?")
        #expect(
            message(prefix + "mod=1.fork_stall < 1 ms")
                == "s.yaml:12: expect[1]: unknown key \"mod\"; did you mean \"mode\"?")
        #expect(
            message(prefix + "mode=9.fork_stall < 1 ms")
                == "s.yaml:12: expect[1]: \"9\" is not a fork mode; give 0, 1, 2 or 3")
        #expect(
            message(prefix + "mode=1.fork_stall < 1 parsec")
                == "s.yaml:12: expect[1]: \"1 parsec\" is not a number with a unit; "
                + "the units are ns, us, ms, s, K, M, G")
        #expect(message(prefix + "mode=1.fork_stall").contains("compares nothing"))
        #expect(message(prefix + "1 < 2").contains("compares two numbers"))
    }

    @Test("What is not YAML, or is empty")
    func syntax() {
        #expect(message("title: [").hasPrefix("s.yaml:"))
        #expect(message("title: [").contains("not valid YAML"))
        #expect(message("") == "s.yaml: the file is empty")
        #expect(message("- a") == "s.yaml:1: is not a mapping; give lines of the form \"key: value\"")
        #expect(message("title: a\ntitle: b").contains("given twice"))
    }
}
