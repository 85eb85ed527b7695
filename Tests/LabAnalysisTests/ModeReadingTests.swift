import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabRun
@testable import LabScenario

@Suite("Which mode suits") struct ModeReadingTests {
    private func sentences(_ cells: [[String: String]], trials: Int = 5) throws -> [String] {
        let selection = FileSystemSelection(
            [.directory("/tmp"), .directory("/dev/shm")], fixtures: LoopFixtures(imageDirectory: "/tmp"))
        try #require(selection.usable.count == 2)
        let summaries = cells.map { keys in
            // Each file system and mode has a different time.
            let stall = UInt64(keys["mode"] == "1" ? 10_000 : keys["file_system"] == "/tmp" ? 20_000 : 30_000)
            return Fixtures.cell(keys, forkStalls: (0..<UInt64(trials)).map { stall + $0 })
        }
        return ModeReading(summaries).sentences(fileSystems: selection.usable)
    }

    private func cells(varying key: String? = nil, in mode: String = "1") -> [[String: String]] {
        ["/tmp", "/dev/shm"].flatMap { place in
            ["1", "2"].flatMap { own in
                let keys = ["mode": own, "file_system": place]
                guard let key, own == mode else { return [keys] }
                return ["1", "2"].map { keys.merging([key: $0]) { old, _ in old } }
            }
        }
    }

    @Test("A copy that the child makes is no second mode 2, and has a sentence of its own")
    func deferred() throws {
        let children = ["/tmp", "/dev/shm"].map {
            ["mode": "2", "file_system": $0, "fork_copier": "child"]
        }
        let sentences = try sentences(
            cells().map { $0["mode"] == "2" ? $0.merging(["fork_copier": "parent"]) { $1 } : $0 } + children)
        #expect(sentences.count == 2)
        #expect(
            sentences[0].hasPrefix(
                "/tmp: With mode 1 the fork stalls the parent 10.0 us, with mode 2 20.0 us."))
        #expect(sentences[0].contains(" Where the child copies, the fork stalls the parent 20.0 us"))
        #expect(!sentences.contains { $0.contains("several cells") })
    }

    @Test("Several cells for a mode: said once, for all file systems", arguments: ["1", "2"])
    func several(mode: String) throws {
        #expect(
            try sentences(cells(varying: "forks", in: mode)) == [
                "/tmp, /dev/shm: several cells for a mode; compare them in the table."
            ])
    }

    @Test("A run of one mode asks for no choice")
    func oneMode() throws {
        #expect(try sentences(cells(varying: "forks").filter { $0["mode"] == "1" }).isEmpty)
    }

    @Test("Too few trials: said once")
    func tooFew() throws {
        #expect(
            try sentences(cells(), trials: 3) == [
                "/tmp, /dev/shm: too few trials to choose a mode; make 5 at least (--trials)."
            ])
    }

    @Test("Differences are stated for each file system")
    func each() throws {
        let sentences = try sentences(cells())
        #expect(sentences.count == 2)
        #expect(
            sentences[0].hasPrefix(
                "/tmp: With mode 1 the fork stalls the parent 10.0 us, with mode 2 20.0 us."))
        #expect(
            sentences[1].hasPrefix(
                "/dev/shm: With mode 1 the fork stalls the parent 10.0 us, with mode 2 30.0 us."))
    }
}
