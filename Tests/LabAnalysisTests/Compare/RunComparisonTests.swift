import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabMetrics
@testable import LabReport
@testable import LabStatistics
@testable import Measurement
@testable import WorkloadSchema

@Suite("Two runs compared") struct RunComparisonTests {
    private typealias Stalls = CompareFixtures.Stalls

    private func compare(
        _ base: Stalls = Stalls(), _ new: Stalls, kernel: String? = nil, metrics: [String] = [],
        minimumEffect: Double = 0.05
    ) throws -> RunComparison {
        try RunComparison(
            base: try CompareFixtures.results("base", base),
            new: try CompareFixtures.results("new", new, kernel: kernel), metrics: metrics,
            minimumEffect: minimumEffect)
    }

    @Test("A run against itself shows no regression")
    func equal() throws {
        let comparison = try compare(Stalls(), Stalls())
        #expect(comparison.outcome == .noRegression)
        #expect(comparison.rows.map(\.comparison.verdict) == [.same, .same])
        #expect(comparison.controls.map(\.comparison.verdict) == [.same])
        #expect(comparison.machines.isEmpty && comparison.breaks.isEmpty && comparison.missing.isEmpty)
    }

    @Test("A slower fork is a regression, a faster one is not")
    func regression() throws {
        let slow = Stalls(mode2: CompareFixtures.spread(230_000))
        let comparison = try compare(Stalls(), slow)
        #expect(comparison.outcome == .regression)
        #expect(comparison.rows.map(\.comparison.verdict) == [.same, .worse])
        #expect(try compare(slow, Stalls()).outcome == .noRegression)
        #expect(try compare(Stalls(), slow, minimumEffect: 0.2).outcome == .noRegression)
        #expect(try compare(Stalls(), slow, metrics: ["fork_stall"]).outcome == .regression)
    }

    @Test("Too few trials, or too much spread, are inconclusive")
    func inconclusive() throws {
        let few = try compare(Stalls(), Stalls(mode1: CompareFixtures.spread(100_000, count: 3)))
        #expect(few.outcome == .inconclusive)
        let noisy = Stalls(mode1: CompareFixtures.spread(100_000, by: 0.5))
        #expect(try compare(noisy, noisy).outcome == .inconclusive)
    }

    @Test("A check that no longer holds is a regression whatever the times say")
    func broken() throws {
        var new = Stalls(mode1: CompareFixtures.spread(10_000))
        new.verdicts["mode1"] = [Fixtures.verdict(.isolationChildToParent, .broken, "saw 5 blocks")]
        let comparison = try compare(Stalls(), new)
        #expect(
            comparison.outcome == .regression
                && comparison.breaks.map(\.what) == ["isolation_child_to_parent"])
        // A check that was already broken is not a regression.
        var old = Stalls()
        old.verdicts = new.verdicts
        #expect(try compare(old, new).breaks.isEmpty)
    }

    @Test(
        "A property that held and no longer does is a regression, and is named",
        arguments: [PropertyAnswer.Verdict.no, .crashed, .hung, .undecided])
    func answers(verdict: PropertyAnswer.Verdict) throws {
        let base = Stalls(answers: [.init(.childWritesUnseen, .yes), .init(.heapAsOfFork, .yes)])
        #expect(try compare(base, base).outcome == .noRegression)
        let new = Stalls(answers: [
            .init(.childWritesUnseen, verdict, "5 blocks"), .init(.heapAsOfFork, .yes),
        ])
        let comparison = try compare(base, new)
        #expect(comparison.outcome == .regression)
        #expect(comparison.breaks.contains { $0.what == "child_writes_unseen" })
        #expect(
            ComparisonDocument(comparison).markdown.contains(
                "- mode=1 file_system=/tmp: child_writes_unseen: \(verdict.rawValue): 5 blocks\n"))
        // An expectation that did not hold before is not a regression.
        #expect(try compare(new, new).breaks.isEmpty)
        #expect(try compare(new, base).breaks.isEmpty)
    }

    @Test("A property that NEW did not decide is missing; without times only the answers are compared")
    func answersAlone() throws {
        var base = Stalls(answers: [.init(.childWritesUnseen, .yes), .init(.bareForkApart, .no)])
        for answers in [[], [PropertyAnswer(.childWritesUnseen, .notApplicable)]] {
            let comparison = try compare(base, Stalls(answers: answers))
            #expect(comparison.outcome == .inconclusive && comparison.breaks.isEmpty)
            #expect(comparison.missing == ["mode=1 file_system=/tmp: child_writes_unseen"])
        }
        base.areTimed = false
        var new = base
        #expect(try compare(base, new).outcome == .noRegression)
        new.answers[0] = .init(.childWritesUnseen, .crashed)
        let comparison = try compare(base, new)
        #expect(comparison.rows.isEmpty && comparison.outcome == .regression)
        #expect(comparison.breaks.map(\.what) == ["child_writes_unseen"])
    }

    @Test("An expectation that clearly fails now, and did not before, is a regression")
    func expectation() throws {
        var (base, new) = (Stalls(), Stalls())
        base.expectations = ["mode=2.action = reflink"]
        new.expectations = base.expectations
        #expect(try compare(base, new).outcome == .noRegression)
        new.actions = [.memory]
        let comparison = try compare(base, new)
        #expect(comparison.outcome == .regression && comparison.breaks.map(\.what) == base.expectations)
    }

    @Test("Forks that went another way are reported, but not judged")
    func changes() throws {
        let comparison = try compare(Stalls(), Stalls(actions: [.reflink, .memory]))
        #expect(comparison.outcome == .noRegression)
        #expect(
            comparison.changes.map(\.description)
                == ["mode=2 file_system=/tmp: action: reflink in BASE, memory, reflink in NEW"])
    }

    @Test("A reference that differs on one machine tells about the machine; with another kernel it counts")
    func controls() throws {
        let slow = Stalls(glibc: CompareFixtures.spread(400_000))
        let comparison = try compare(Stalls(), slow)
        #expect(comparison.outcome == .noRegression && comparison.controls[0].comparison.verdict == .worse)
        #expect(
            ComparisonDocument(comparison).text(all: false).contains("The machine itself was not the same"))
        let other = try compare(Stalls(), slow, kernel: "9.9.9 x86_64")
        #expect(other.outcome == .regression && other.controls.isEmpty && other.rows.count == 3)
        #expect(other.machines.map(\.what) == ["kernel"])
    }

    @Test("If NEW lacks a measurement, the result cannot be called free of regressions")
    func missing() throws {
        let comparison = try compare(Stalls(), Stalls(mode2: []))
        #expect(comparison.outcome == .inconclusive)
        #expect(comparison.missing == ["mode=2 file_system=/tmp"])
        #expect(try compare(Stalls(mode2: []), Stalls()).added == ["mode=2 file_system=/tmp"])
    }

    @Test(
        "Bad input is one clear line",
        arguments: [
            (["fork_stal"], 0.05, "--metric: unknown metric \"fork_stal\"; did you mean \"fork_stall\"?"),
            (
                ["bytes_live"], 0.05, "--metric: bytes_live cannot get better or worse; name another metric"
            ),
            ([], 0, "--minimum-effect: 0.0 is not valid; give a share such as 0.05"),
            (
                ["operations_per_second"], 0.05,
                "new: has none of the metrics operations_per_second in common with base"
            ),
        ])
    func badInput(metrics: [String], minimumEffect: Double, message: String) throws {
        let error = #expect(throws: InputError.self) {
            try compare(Stalls(), Stalls(), metrics: metrics, minimumEffect: minimumEffect)
        }
        #expect(error?.description == message)
    }

    @Test("Numbers that a program reports are judged if it is known which direction is better")
    func ownMetrics() throws {
        let own: [Metric] = [.own("latest_fork", .nanoseconds), .own("keys", .count)]
        #expect(try JudgedMetrics.named([], own: own).filter(own.contains) == [own[0]])
        #expect(try JudgedMetrics.named(["latest_fork"], own: own) == [own[0]])
        #expect(throws: InputError.self) { try JudgedMetrics.named(["keys"], own: own) }
        #expect(throws: InputError.self) { try JudgedMetrics.named(["latest_fork"], own: []) }
    }

    @Test("Two runs without a cell in common")
    func nothingInCommon() throws {
        let error = #expect(throws: InputError.self) {
            try compare(Stalls(mode2: [], glibc: []), Stalls(mode1: []))
        }
        #expect(
            error?.description == "new: has no cell in common with base; give two runs of one scenario")
    }

    @Test("Markdown for a pull request: the answer, the significant comparisons, the rest folded away")
    func markdown() throws {
        var slow = Stalls(mode2: CompareFixtures.spread(230_000))
        slow.verdicts["mode1"] = [Fixtures.verdict(.childChecksum, .broken, "3 blocks")]
        let markdown = ComparisonDocument(try compare(Stalls(), slow)).markdown
        #expect(markdown.hasPrefix("## Regression: 1 thing no longer holds, 1 metric is worse\n"))
        #expect(markdown.contains("- mode=1 file_system=/tmp: child_checksum: 3 blocks (9 trials)"))
        let rows = markdown.split(separator: "\n").map { line in
            line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
        }
        let fields = try #require(rows.first { $0.last == "worse" })
        #expect(fields.prefix(4) == ["mode=2 file_system=/tmp", "fork_stall", "200 us", "230 us"])
        #expect(fields.dropFirst(4).first?.hasPrefix("1.15 (1.1") == true)
        #expect(markdown.contains("<details><summary>All 3 comparisons</summary>"))
    }
}
