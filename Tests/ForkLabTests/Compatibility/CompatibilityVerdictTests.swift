import Measurement
import Testing

@testable import ForkLab

@Suite("Verdicts on programs") struct CompatibilityVerdictTests {
    private static let limit = CompatibilityProgram.Limit(
        testCase: nil, check: "c", modes: [2], reason: "it counts descriptors")
    private static let program = CompatibilityProgram(
        name: "it", title: "", packages: [], version: "", cases: [""], quickCases: [], poolSize: "64M",
        timeout: 1,
        user: nil, limits: [limit], script: "")

    private func outcome(
        _ output: String, cut: String? = nil,
        fork: ForkAccount? = ForkAccount(mode: .poolCopy, action: .reflink)
    ) -> CompatibilityOutcome {
        CompatibilityOutcome(
            checks: CheckList(output), cut: cut, lastWords: [],
            forks: fork.map { [ForkLog.Entry(pid: 1, number: 1, account: $0)] } ?? [], sawPool: false,
            elapsed: 1)
    }

    private func verdict(_ outcome: CompatibilityOutcome, baseline: String = "ok a\nok b\nok c")
        -> CompatibilityVerdict
    {
        CompatibilityVerdict(
            outcome, baseline: self.outcome(baseline, fork: nil), mode: .poolCopy, program: Self.program,
            testCase: "")
    }

    @Test("All checks succeed")
    func pass() { #expect(verdict(outcome("ok a\nok b\nok c")).result == .pass) }

    @Test("What fails without the library too is no failure of it")
    func same() {
        let verdict = verdict(outcome("not ok a\nok b\nok c"), baseline: "not ok a\nok b\nok c")
        #expect(verdict.result == .same && verdict.failuresWithoutLibrary.map(\.check) == ["a"])
    }

    @Test("A known limit, in its mode")
    func limited() {
        let verdict = verdict(outcome("ok a\nok b\nnot ok c"))
        #expect(verdict.result == .limited && verdict.limits == [Self.limit])
    }

    @Test(
        "Failures",
        arguments: [
            ("ok a\nnot ok b\nok c", nil, "b"), ("ok a\nok c", nil, "b"),
            ("ok a\nok b # SKIP here\nok c", nil, "b"),
            ("ok a", "killed by signal 11", "end"),
        ] as [(String, String?, String)])
    func fail(output: String, cut: String?, check: String) {
        let verdict = verdict(outcome(output, cut: cut))
        #expect(verdict.result == .fail && verdict.failures.map(\.check) == [check])
    }

    @Test(
        "A run that proves nothing fails, whatever it printed",
        arguments: [
            nil, ForkAccount(mode: .poolCopy, action: .refused),
            ForkAccount(mode: .privateRemap, action: .remap),
            ForkAccount(mode: .poolCopy, action: .remap),
        ])
    func unproven(fork: ForkAccount?) {
        let verdict = verdict(outcome("ok a\nok b\nok c", fork: fork))
        #expect(verdict.result == .fail && verdict.failures.map(\.check) == ["heap"])
    }

    @Test("A limit that was not met is named, one that was met is not")
    func unmet() {
        func report(_ output: String) -> CompatibilityReport {
            var result = CompatibilityResult(
                program: "it", testCase: "", title: "", version: "1", fileSystem: "tmpfs", skipped: nil)
            result.modes[2] = verdict(outcome(output))
            return CompatibilityReport(
                results: [result], limits: [.init(program: "it", limit: Self.limit)], interrupted: false)
        }
        #expect(report("ok a\nok b\nok c").unmetLimits.count == 1)
        #expect(report("ok a\nok b\nnot ok c").unmetLimits.isEmpty)
        #expect(CompatibilityDocument(report("ok a\nok b\nok c")).text.contains("was not met"))
    }
}
