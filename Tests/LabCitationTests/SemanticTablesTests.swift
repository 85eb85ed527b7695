import Testing
import LabTestSupport

@testable import LabCitation
@testable import LabReport
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

/// Tables for documents, made from synthetic results, against golden files.
@Suite("Tables of what fork means, in documents") struct SemanticTablesTests {
    private static func markdown(_ table: any DocumentTable, of fixture: ResultFixture) throws -> String {
        let results = try ResultSet(directory: fixture.path)
        let request = TableRequest(results: results, options: [:], summaryPath: "r/summary.md")
        return try table.markdown(for: request) + "\n"
    }

    /// Pairs as the workload `snapshot` counts them: intact in mode 1 and without a pool, torn in a copy of mode 2, in
    /// one of four children, except for those in `others`, which are torn in one of a hundred.
    private static func snapshots(others: Set<PairPlacement> = []) throws -> ResultFixture {
        try ResultFixture(title: "T", workload: "snapshot", varied: "fork_copy: [auto, memory]") { sample in
            let isCopy = sample.cell["mode"] == "2"
            sample.report?.pairs = PairPlacement.allCases.enumerated().map { index, pair in
                let torn =
                    switch pair {
                    case .nearAscending: 25
                    case .farAscending, .lowHeapToGlobal: 100
                    case .highHeapToGlobal, .lowHeapToStack: 99
                    default: others.contains(pair) ? 1 : 0
                    }
                let lags = (0..<100).map { $0 < torn ? UInt64(1 + index) * 1_000_000 : 0 }
                return PairTally(pair: pair, lags: isCopy ? lags : Array(repeating: 0, count: 100))
            }
            guard let mode = sample.cell["mode"] else { return }
            let action: ForkAccount.Action = mode == "1" ? .remap : isCopy ? .copyFileRange : .none
            sample.report?.accounts = (1...3).map { fork in
                let account = ForkAccount(
                    mode: isCopy ? .poolCopy : .privateRemap, action: action,
                    prepareNs: (isCopy ? 4_000_000 : 200) * UInt64(fork))
                return .init(fork: fork, depth: 1, parent: account, child: nil)
            }
        }
    }

    @Test("Torn pairs: a row for each cell, its numbers, and the other pairs in a sentence")
    func tornPairs() throws {
        let text = try Self.markdown(TornPairsTable(), of: Self.snapshots())
        #expect(text == (try GoldenFile.read("torn-pairs.md", for: text)))
    }

    @Test("A torn pair without a column is mentioned in the sentence")
    func otherPairs() throws {
        let text = try Self.markdown(TornPairsTable(), of: Self.snapshots(others: [.nearDescending]))
        #expect(!text.contains("never seen torn"))
        #expect(text.contains("Of the other pairs were torn: near_descending in 10 of 1000 (mode 2, /tmp"))
    }

    @Test("Properties: a row for each, a column for each contender, file systems that differ by name")
    func properties() throws {
        let fixture = try ResultFixture(
            title: "T", workload: "semantics", varied: "fork_space: [overcommit, strict]"
        ) { sample in
            let isTmp = sample.cell["file_system"] == "/tmp"
            let isCopy = sample.cell["mode"] == "2"
            var answers: [PropertyAnswer] = [
                .init(.heapAsOfFork, .yes),
                .init(.heapOfOneMoment, isCopy && isTmp ? .no : .yes, isCopy && isTmp ? "torn" : ""),
                .init(.noRoomForks, .notApplicable, "there is no pool"),
            ]
            if isCopy {
                answers[2] = .init(.noRoomForks, isTmp ? .crashed : .no)
                // One trial of five saw something else.
                if sample.trial == 3 { answers[0] = .init(.heapAsOfFork, .hung) }
                let lags = (0..<100).map { UInt64($0 < 25 && isTmp ? 1000 : 0) }
                sample.report?.pairs = PairPlacement.allCases.map { PairTally(pair: $0, lags: lags) }
            }
            sample.report?.answers = answers
        }
        let text = try Self.markdown(PropertyDocumentTable(), of: fixture)
        #expect(text == (try GoldenFile.read("properties.md", for: text)))
    }

    @Test("Results with neither pairs nor answers are refused, and so are options")
    func problems() throws {
        let results = try ResultFixture.shared.results
        func problem(_ table: any DocumentTable, _ options: [String: String]) -> String? {
            let request = TableRequest(results: results, options: options, summaryPath: "s")
            return #expect(throws: CitationProblem.self) { try table.markdown(for: request) }?.text
        }
        #expect(
            problem(TornPairsTable(), [:])
                == "no cell of these results counted pairs; name a run of the workload snapshot")
        #expect(
            problem(PropertyDocumentTable(), [:])
                == "no cell of these results decided a property; name a run of the workload semantics")
        for table in [TornPairsTable(), PropertyDocumentTable()] as [any DocumentTable] {
            #expect(problem(table, ["mode": "1"]) == "\"mode\" is not an option; this table has none")
        }
    }
}
