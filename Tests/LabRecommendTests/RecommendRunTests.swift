import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabDoctor
@testable import LabRecommend
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

/// How many trials a recommendation makes, and what it says after them. No process is started.
@Suite("A recommendation whose trials are not processes") struct RecommendRunTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    /// A run with a limit of `stall` milliseconds on the stall.
    private func run(stall: Double?, timeBudget: String = "10m") throws -> RecommendRun {
        let request = RecommendRequest(
            directory: scratch.path,
            workload: try .standard(threadsWrite: false).with(poolSize: "14M"),
            limits: .of(stall: stall, memory: 1024, space: 1024),
            timeBudget: try #require(Duration(text: timeBudget)), command: [])
        return try RecommendRun(request, executables: MockRun.executables, output: scratch.path + "/out")
    }

    private func perform(_ run: RecommendRun, by executor: MockExecutor) throws -> RecommendReport? {
        try run.perform(by: executor, on: Diagnosis(topics: []), conclude: { _ = $0 })
    }

    /// The number of trials of each cell that count, if all cells have equally many.
    private func trials(_ executor: MockExecutor) -> Int? {
        let counts = Dictionary(grouping: executor.steps.filter { !$0.isWarmUp }, by: \.cell).values
            .map(\.count)
        return Set(counts).count == 1 ? counts.first : nil
    }

    /// A trial whose fork holds up its parent for these milliseconds.
    private static func result(_ step: Plan.Step, stall: Double) -> TrialResult {
        var result = TrialResult.completed(step, stall: UInt64(stall * 1e6))
        result.report?.usages = [.beforeFork, .afterExit].map { boundary in
            WorkloadReport.Usage(
                boundary: boundary, fork: 1, depth: 1, parent: MemoryCounters(), child: nil,
                system: SystemMemory(meminfo: KilobyteFields("")),
                fileSystem: step.cell["mode"] == nil ? nil : FileSystemSpace(total: 1, free: 1, available: 1))
        }
        return result
    }

    @Test("If five trials decide, there is no sixth; the first shows whether anything can be measured")
    func decided() throws {
        // Mode 1 is within the limit, a copy beyond it.
        let executor = MockExecutor { _, trial in
            Self.result(trial.step, stall: trial.step.cell["mode"] == "1" ? 1 : 80)
        }
        let report = try #require(try perform(run(stall: 10), by: executor))
        #expect(trials(executor) == 5 && report.trials == 5)
        #expect(report.recommendation.answer == .use(Candidate(.privateRemap)))
        // No trial is made twice, although they were planned in two steps.
        #expect(Set(executor.steps.map(\.sequence)).count == executor.steps.count)
        let results = try ResultDirectory(reading: scratch.path + "/out")
        #expect(results.manifests.map(\.end) == [.complete, .complete])
        #expect(results.samples.map(\.sequence) == executor.steps.map(\.sequence))
    }

    @Test(
        "A limit that lies in the interval gets more trials, step by step, until it does not",
        arguments: [([2], 9), ([2, 4], 15)])
    func straddling(disturbed: [Int], most: Int) throws {
        // Mode 1 exceeds the limit only in the first trials.
        let executor = MockExecutor { _, trial in
            let stall = disturbed.contains(trial.step.trial) ? 11.0 : 9
            return Self.result(trial.step, stall: trial.step.cell["mode"] == "1" ? stall : 80)
        }
        let report = try #require(try perform(run(stall: 10), by: executor))
        #expect(trials(executor) == most)
        #expect(report.recommendation.answer == .use(Candidate(.privateRemap)))
    }

    @Test("Inconclusive trials end when twice as many would exceed the maximum, without a recommendation")
    func undecided() throws {
        let executor = MockExecutor { _, trial in
            Self.result(trial.step, stall: trial.step.trial % 2 == 0 ? 11 : 9)
        }
        let report = try #require(try perform(run(stall: 10), by: executor))
        #expect(trials(executor) == 25 && report.recommendation.answer == .refused)
    }

    @Test("If nothing can be measured, one trial of each cell is enough to say so")
    func nothing() throws {
        let executor = MockExecutor { _, trial in
            TrialResult(end: .exited(1), report: nil, errors: "no such program", elapsed: 1)
        }
        let report = try #require(try perform(run(stall: 10), by: executor))
        #expect(trials(executor) == 1 && report.recommendation.answer == .refused)
        #expect(
            report.recommendation.reason.contains(
                "without the library too: trial: exit status 1: no such program"))
    }

    @Test("All steps share one time budget")
    func budget() throws {
        // Two seconds each: the first step is a warm-up and a trial of each cell, the second four trials more.
        let executor = MockExecutor { _, trial in
            var result = Self.result(trial.step, stall: trial.step.trial % 2 == 0 ? 11 : 9)
            result.elapsed = 2_000_000_000
            return result
        }
        let run = try run(stall: 10, timeBudget: "60s")
        let report = try #require(try perform(run, by: executor))
        let cells = Set(executor.steps.map(\.cell)).count
        #expect(trials(executor) == 60 / 2 / cells - 1 && cells < 7)
        #expect(
            report.warnings.contains { $0.hasPrefix("the time budget ended before all the wanted trials") })
        #expect(executor.now <= 61_000_000_000)
    }

    @Test("Ctrl-C in a later step: no answer, but the measurements are kept")
    func interrupted() throws {
        let executor = MockExecutor { executor, trial in
            trial.step.trial == 3
                ? nil : Self.result(trial.step, stall: trial.step.cell["mode"] == "1" ? 1 : 80)
        }
        #expect(try perform(run(stall: 10), by: executor) == nil)
        #expect(executor.nextInterruptionEndsProcess)
        let results = try ResultDirectory(reading: scratch.path + "/out")
        #expect(results.manifests.map(\.end) == [.complete, .interrupted])
        #expect(results.samples.count == executor.steps.count - 1)
    }
}
