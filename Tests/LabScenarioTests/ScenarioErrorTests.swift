import Testing
import LabTestSupport

@testable import LabBase
@testable import LabScenario
@testable import Measurement

@Suite("Complaints about a scenario file") struct ScenarioErrorTests {
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

    private func message(_ text: String) -> String { Scenario.complaint(about: text) }

    @Test("The file that the others are derived from is valid")
    func accepted() throws {
        let scenario = try Scenario.parse(Self.valid, file: "folder/s.yaml")
        #expect(scenario.name == "s" && scenario.trials == 3 && scenario.warmUp == 1)
        #expect(scenario.contenders == [.mode(.disabled), .mode(.privateRemap), .reference(.glibc)])
        #expect(scenario.fileSystems == [.tmpfs])
        #expect(scenario.parameters == ["pool_size": "64M"])
    }

    @Test("Golden files: place, key, what is wrong, what would be right", arguments: GoldenScenarios.paths)
    func golden(path: String) throws {
        let text = try TextFile.read(path)
        let expected = try #require(text.split(separator: "\n").first?.dropFirst(2))
        let name = try #require(path.split(separator: "/").last.map(String.init))
        #expect(throws: (any Error).self) { try Scenario.parse(text, file: name) }
        do {
            _ = try Scenario.parse(text, file: name)
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test("There are golden files")
    func goldenFiles() { #expect(GoldenScenarios.paths.count > 40) }

    @Test("An expectation that cannot be parsed is reported with its line")
    func expectations() {
        let prefix = Self.valid + "\nexpect:\n  - "
        #expect(
            message(prefix + "mode=1.fork_stall < 1 parsec").hasPrefix(
                "s.yaml:12: expect[1]: \"1 parsec\" is not a number, 0 or more, with a unit; the units are "))
        #expect(message(prefix + "mode=1.fork_stall").contains("compares nothing"))
        #expect(message(prefix + "1 < 2").contains("compares two numbers"))
    }

    @Test("Files that are not YAML, or empty")
    func syntax() {
        #expect(message("title: [").hasPrefix("s.yaml:"))
        #expect(message("title: [").contains("not valid YAML"))
        // Even a file that is not text gives one line.
        #expect(
            message("title: T\nquestion: \u{1}\n")
                == "s.yaml:2: not valid YAML: control characters are not allowed")
        #expect(message("") == "s.yaml: the file is empty; give lines of the form \"key: value\"")
    }
}

/// Files that are not read at all.
@Suite("Things that are not scenario files") struct ScenarioFileTests {
    @Test("A device is not read to its end, since it may have none", arguments: ["/dev/zero", "/dev/full"])
    func device(path: String) {
        #expect(
            throws: InputError(
                path, "is a device; give the path of a scenario file (forklab list shows them)")
        ) { try Scenario.load(path: path) }
    }
}

/// The wrong scenario files. Each begins with a comment: the message that it must produce.
private enum GoldenScenarios {
    static let paths: [String] = {
        let folder = RealPath.folder(of: #filePath) + "/Golden"
        return (Folder.read(folder) ?? []).filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }()
}
