import Testing

@testable import LabCompatibility
@testable import Measurement

@Suite("Verdicts on programs") struct CompatibilityVerdictTests {
    private static let limit = CompatibilityProgram.Limit(
        testCase: nil, check: "c", modes: [2], reason: "it counts descriptors")
    private static let broken = CompatibilityProgram.Limit(
        testCase: nil, check: "a", modes: [], reason: "no such device here")
    private static let program = CompatibilityProgram(
        name: "it", title: "", packages: [], version: "", cases: [""], quickCases: [], poolSize: "64M",
        timeout: 1,
        user: nil, limits: [limit], brokenChecks: [broken], script: "")

    private func outcome(
        _ output: String, cut: String? = nil,
        fork: ForkAccount? = ForkAccount(mode: .poolCopy, action: .reflink)
    ) -> CompatibilityOutcome {
        var forks = ForkActions()
        if let fork { forks.add(fork, in: .poolCopy) }
        return CompatibilityOutcome(
            checks: CheckList(output), cut: cut, lastWords: [], forks: forks, sawPool: false, elapsed: 1)
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

    private func report(_ output: String, baseline: String = "ok a\nok b\nok c") -> CompatibilityReport {
        var result = CompatibilityResult(
            program: "it", testCase: "", title: "", version: "1", fileSystem: "tmpfs", skipped: nil)
        result.baseline = CompatibilityVerdict(
            baseline: outcome(baseline, fork: nil), program: Self.program, testCase: "")
        result.modes[2] = verdict(outcome(output), baseline: baseline)
        return CompatibilityReport(
            results: [result], limits: [Self.limit, Self.broken].map { .init(program: "it", limit: $0) },
            interrupted: false, environments: [])
    }

    @Test("A known failure without the library is not a failure of the library")
    func same() {
        let verdict = verdict(outcome("not ok a\nok b\nok c"), baseline: "not ok a\nok b\nok c")
        #expect(verdict.result == .same && verdict.failuresWithoutLibrary.map(\.check) == ["a"])
    }

    @Test(
        "What fails without the library and is not known to, or tests nothing, fails the run",
        arguments: [("ok a\nnot ok b\nok c", "b"), ("no check", "end")])
    func unusable(output: String, check: String) {
        let verdict = verdict(outcome(output), baseline: output)
        let report = report(output, baseline: output)
        #expect(verdict.result == (check == "end" ? .fail : .unusable) && !report.passed)
        let text = CompatibilityDocument(report).text
        #expect(text.contains("it file_system=tmpfs, without the library: \(check)"), "\(text)")
    }

    @Test("If nothing was run, nothing passed")
    func nothing() {
        let result = CompatibilityResult(
            program: "it", testCase: "", title: "", version: "", fileSystem: "tmpfs", skipped: "no package")
        let report = CompatibilityReport(results: [result], limits: [], interrupted: false, environments: [])
        let text = CompatibilityDocument(report).text
        #expect(!report.passed && text.contains("it file_system=tmpfs: skipped: no package"))
        #expect(text.contains("Nothing was run. Skipped: 1 of 1 cases."), "\(text)")
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

    @Test("A limit that was not met is listed, one that was met is not")
    func unmet() {
        let unmet = report("ok a\nok b\nok c").unmetLimits.map(\.limit)
        #expect(unmet == [Self.limit, Self.broken])
        #expect(CompatibilityDocument(report("ok a\nok b\nok c")).text.contains("was not met"))
        let met = report("not ok a\nok b\nnot ok c", baseline: "not ok a\nok b\nok c")
        #expect(met.unmetLimits.isEmpty && met.passed)
    }
}
