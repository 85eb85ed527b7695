import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabMetrics
@testable import LabReport
@testable import LabRun
@testable import LabScenario
@testable import LabStatistics
@testable import WorkloadSchema

@Suite("From samples to an answer") struct SummaryTests {
    private func summary(
        stalls: [String: UInt64], dropping: Int = 0, fileSystems: String = "/tmp",
        expecting expectation: String = "mode=1.fork_stall < mode=2.fork_stall",
        end: EnvironmentManifest.End = .complete
    ) throws -> RunSummary {
        let text = """
            title: T
            question: Q
            workload: {name: heap}
            matrix: {mode: [1, 2], reference: [glibc], file_system: [\(fileSystems)]}
            trials: 5
            warm_up: 1
            expect: ["\(expectation)"]
            """
        let scenario = try Scenario.parse(text, file: "s.yaml")
        let selection = FileSystemSelection(
            scenario.fileSystems, fixtures: LoopFixtures(imageDirectory: "/tmp"))
        let fileSystems = selection.usable
        let plan = Plan(scenario, fileSystems: fileSystems.map(\.name))
        let samples = plan.steps.dropLast(dropping).map { step in
            // Warm-up is ten times as slow: it must not count.
            let stall = (stalls[step.cell["mode"] ?? ""] ?? 50) * (step.isWarmUp ? 10 : 1)
            return Fixtures.sample(
                step.cell.keys, trial: step.trial, sequence: step.sequence, forkStall: stall,
                allocator: step.cell["mode"] == nil ? "/lib/libc.so.6" : Fixtures.library)
        }
        return RunSummary(
            scenario: scenario, plan: plan, fileSystems: fileSystems, skipped: selection.skipped,
            samples: samples, libraries: [Fixtures.library], end: end)
    }

    @Test("Medians leave the warm-up out; expectations decide")
    func passed() throws {
        let summary = try summary(stalls: ["1": 10, "2": 20])
        #expect(summary.cells.map { $0.median(.phase(.forkStall)) } == [10, 20, 50])
        #expect(summary.passed && !summary.incomplete)
        #expect(try !self.summary(stalls: ["1": 20, "2": 10]).passed)
    }

    @Test("Expectations about a file system that is not here are skipped with a note, not missed")
    func unasked() throws {
        let summary = try summary(
            stalls: ["1": 20, "2": 10], fileSystems: "/tmp, /no/such/place",
            expecting: "mode=1,file_system=/no/such/place.fork_stall < mode=2,file_system=/tmp.fork_stall")
        #expect(summary.passed && summary.expectations.isEmpty)
        #expect(SummaryDocument(summary).text.contains("fork_stall: skipped: what it is about is left out"))
    }

    @Test("A run that was cut short says so")
    func interrupted() throws {
        let summary = try summary(stalls: ["1": 10, "2": 20], dropping: 9, end: .interrupted)
        #expect(summary.incomplete)
        #expect(SummaryDocument(summary).text.contains("Interrupted after 9 of 18 trials"))
    }

    @Test("The document contains the table, the reading and the expectation")
    func document() throws {
        let document = SummaryDocument(try summary(stalls: ["1": 10_000, "2": 20_000]))
        for text in [document.text, document.markdown] {
            #expect(text.contains("mode=1") && text.contains("10.0 us") && text.contains("reference=glibc"))
            #expect(text.contains("With mode 1 the fork stalls the parent 10.0 us, with mode 2 20.0 us."))
            #expect(text.contains("held: mode=1.fork_stall < mode=2.fork_stall"))
        }
        #expect(document.markdown.contains("## /tmp: ") && document.markdown.contains("## Spread"))
    }

    @Test("A median that is uncertain by more than a tenth is marked")
    func uncertain() throws {
        func text(_ stalls: [UInt64]) throws -> String {
            let summary = try #require(SampleSummary(stalls.map { Double($0) }))
            return Quantity.median(summary, .phase(.forkStall))
        }
        #expect(try text([10_000, 10_100, 10_200, 10_300, 10_400]) == "10.2 us")
        #expect(try text([5_000, 8_100, 10_200, 15_300, 20_400]) == "~10.2 us")
        // Less than the clock can resolve, and too few trials for an interval.
        #expect(try text([10, 20, 30, 40, 50]) == "30 ns")
        #expect(try text([5_000, 10_000, 20_000]) == "10.0 us")
    }
}
