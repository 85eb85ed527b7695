import Foundation
import Glibc
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

/// What a run does around its trials. No process is started.
@Suite("A run whose trials are not processes") struct MockRunTests {
    /// Three cells, a warm-up and three trials of each.
    private static let lines = """
        matrix: {mode: [1, 2], reference: glibc, file_system: /tmp}
        trials: 3
        warm_up: 1
        """

    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func run(_ lines: String = lines) throws -> MockRun { try MockRun(lines, in: scratch) }

    private func samples(in directory: String) throws -> [Sample] {
        try SampleLog.read(path: ResultDirectory.File.samples.path(in: directory))
    }

    // MARK: Order

    @Test("Makes the trials of the plan in its order, each once, and each is on disk before the next begins")
    func order() throws {
        let run = try run()
        let executor = MockExecutor { executor, trial in
            let written = try samples(in: run.output).map(\.sequence)
            #expect(written == executor.steps.dropLast().map(\.sequence))
            #expect(trial.directory == (trial.step.cell["mode"] == nil ? "" : "/tmp"))
            return .completed(trial.step)
        }
        let results = try run.perform(by: executor)
        #expect(executor.steps == run.plan.steps && executor.steps.count == 12)
        // Pass by pass, each in its own order, warm-up first.
        let passes = (0..<4).map { executor.steps[3 * $0..<3 * $0 + 3] }
        #expect(passes.map { Set($0.map(\.trial)) } == [[0], [1], [2], [3]])
        #expect(passes.allSatisfy { Set($0.map(\.cell)).count == 3 })
        #expect(Set(passes.map { $0.map(\.cell) }).count > 1)
        #expect(try samples(in: run.output) == results.samples)
        #expect(results.manifests.map(\.end) == [.complete] && !executor.nextInterruptionEndsProcess)
    }

    @Test("Processor time is that of each trial alone, separate from the harness's")
    func processorTime() throws {
        let executor = MockExecutor { executor, trial in
            .completed(trial.step, elapsed: UInt64(executor.steps.count) * 1_000_000)
        }
        let samples = try run().perform(by: executor).samples
        #expect(samples.map(\.processorTime) == samples.map(\.elapsed))
        #expect(samples.map(\.elapsed) == (1...12).map { UInt64($0) * 1_000_000 })
        #expect(samples.allSatisfy { $0.runnerTime == 1000 })
    }

    // MARK: Ends before their time

    @Test("Ctrl-C between two trials: finished trials count, and none begins after it")
    func interruptedBetween() throws {
        let executor = MockExecutor { executor, trial in
            executor.isInterrupted = executor.steps.count == 4
            return .completed(trial.step)
        }
        let run = try run()
        let results = try run.perform(by: executor)
        #expect(executor.steps == Array(run.plan.steps.prefix(4)))
        #expect(results.samples.count == 4 && results.manifests.map(\.end) == [.interrupted])
        #expect(executor.nextInterruptionEndsProcess)
        #expect(try ResultDirectory(reading: run.output).manifests.map(\.end) == [.interrupted])
    }

    @Test("Ctrl-C within a trial: that trial says nothing about its cell, and --resume makes it again")
    func interruptedWithin() throws {
        let run = try run()
        let executor = MockExecutor { executor, trial in
            executor.steps.count == 4 ? nil : .completed(trial.step)
        }
        let results = try run.perform(by: executor)
        #expect(executor.steps.count == 4 && results.samples.count == 3)
        #expect(results.manifests.map(\.end) == [.interrupted] && executor.nextInterruptionEndsProcess)

        let second = MockExecutor()
        let whole = try run.resume(by: second)
        #expect(second.steps == Array(run.plan.steps.dropFirst(3)))
        #expect(whole.samples.prefix(3) == results.samples[...])
        #expect(whole.manifests.map(\.end) == [.interrupted, .complete])
    }

    @Test(
        "A run that was killed in a trial and is taken up again measures exactly what is missing",
        arguments: [1, 2, 7, 12])
    func killed(in trial: Int) throws {
        let run = try run()
        let killed = scratch.path + "/killed"
        // The state on disk in the middle of a trial is what a kill leaves.
        let executor = MockExecutor { executor, made in
            if executor.steps.count == trial {
                try FileManager.default.copyItem(atPath: run.output, toPath: killed)
            }
            return .completed(made.step)
        }
        let undisturbed = try run.perform(by: executor)
        if trial == 1 {
            // Nothing is measured yet, but the record exists, so it can be resumed.
            #expect(try samples(in: killed).isEmpty)
        }
        let left = try ResultDirectory(reading: killed)
        #expect(left.samples == Array(undisturbed.samples.prefix(trial - 1)))
        #expect(left.manifests.map(\.end) == [nil] && left.summary.incomplete)

        let second = MockExecutor()
        let whole = try run.resume(by: second, in: killed)
        #expect(second.steps == Array(run.plan.steps.dropFirst(trial - 1)))
        #expect(whole.samples.map(\.sequence) == run.plan.steps.map(\.sequence))
        #expect(whole.samples.prefix(trial - 1) == undisturbed.samples.prefix(trial - 1))
        #expect(whole.manifests.map(\.end) == [nil, .complete] && !whole.summary.incomplete)
        // The records tell which run made which trial.
        #expect(
            whole.samples.map(\.run)
                == whole.samples.indices.map { whole.manifests[$0 < trial - 1 ? 0 : 1].run })
    }

    @Test("A kill within write(2) costs only the line that it cut")
    func killedInWrite() throws {
        let run = try run()
        let interrupted = MockExecutor { executor, trial in
            executor.isInterrupted = executor.steps.count == 5
            return .completed(trial.step)
        }
        _ = try run.perform(by: interrupted)
        let log = ResultDirectory.File.samples.path(in: run.output)
        let lines = try TextFile.read(log)
        try OutputFile.write(String(lines.dropLast(100)), to: log)
        let executor = MockExecutor()
        let whole = try run.resume(by: executor)
        #expect(executor.steps == Array(run.plan.steps.dropFirst(4)))
        #expect(whole.samples.map(\.sequence) == run.plan.steps.map(\.sequence))
        #expect(try samples(in: run.output) == whole.samples)
    }

    @Test("A complete run only gets more trials, if more are wanted")
    func moreTrials() throws {
        let run = try run()
        let first = try run.perform(by: MockExecutor())
        let idle = MockExecutor()
        #expect(try run.resume(by: idle).samples == first.samples && idle.steps.isEmpty)
        let more = MockExecutor()
        let results = try run.resume(by: more, options: RunOptions(trials: 5))
        #expect(more.steps.count == 6 && Set(more.steps.map(\.trial)) == [4, 5])
        #expect(results.samples.prefix(12) == first.samples[...] && results.scenario.trials == 5)
    }

    // MARK: Budgets

    @Test("The budget ends a run before a pass that would not fit; --resume has its own budget")
    func budget() throws {
        let run = try run(Self.lines + "\ntime_budget: 7s")
        let executor = MockExecutor()
        let results = try run.perform(by: executor)
        // The warm-up and one pass, of 3 s each.
        #expect(executor.steps == Array(run.plan.steps.prefix(6)))
        #expect(results.manifests.map(\.end) == [.timeBudget] && !executor.nextInterruptionEndsProcess)
        let second = MockExecutor()
        let rest = try run.resume(by: second, options: RunOptions(timeBudget: "4s"))
        #expect(second.steps == Array(run.plan.steps[6..<9]))
        #expect(rest.manifests.map(\.end) == [.timeBudget, .timeBudget])
        let third = MockExecutor()
        #expect(try run.resume(by: third).manifests.last?.end == .complete && third.steps.count == 3)
    }

    @Test("Time between trials counts towards the budget too")
    func budgetWithoutTrials() throws {
        let run = try run(Self.lines + "\ntime_budget: 1h")
        let executor = MockExecutor { executor, trial in
            if executor.steps.count == 5 { executor.now += 3_600_000_000_000 }
            return .completed(trial.step)
        }
        #expect(try run.perform(by: executor).manifests.map(\.end) == [.timeBudget])
        #expect(executor.steps.count == 5)
    }

    // MARK: Judging

    @Test("A trial that fails is a result: the run goes on, and its cell is broken by that")
    func failing() throws {
        let whole = TrialResult.completed(try run().plan.steps[0])
        var halfWay = try #require(whole.report)
        halfWay.complete = false
        let cases: [(result: TrialResult?, outcome: Sample.End, words: String)] = [
            (
                TrialResult(end: .exited(3), report: whole.report, errors: "why\nmore", elapsed: 1), .failed,
                "exit status 3: why"
            ),
            (TrialResult(end: .exited(0), report: nil, elapsed: 1), .failed, "exit status 0"),
            (TrialResult(end: .exited(0), report: halfWay, elapsed: 1), .failed, "exit status 0"),
            (
                TrialResult(end: .signalled(11), report: halfWay, elapsed: 1), .signalled,
                "killed by signal 11 (Segmentation fault)"
            ),
            (
                TrialResult(end: .timedOut, report: halfWay, elapsed: 5_000_000_000), .timedOut,
                "no end after 5.00 s"
            ),
            // Starting it throws.
            (nil, .notStarted, "not started: spawn: No such file or directory"),
        ]
        for (index, (result, outcome, words)) in cases.enumerated() {
            let run = try MockRun(Self.lines, in: ScratchDirectory())
            // Only trial 2 of mode 1.
            let executor = MockExecutor { executor, trial in
                guard trial.step.cell["mode"] == "1", trial.step.trial == 2 else {
                    return .completed(trial.step)
                }
                guard let result else { throw SystemCallError("spawn", code: ENOENT) }
                return result
            }
            let results = try run.perform(by: executor)
            #expect(executor.steps.count == 12 && results.manifests.map(\.end) == [.complete])
            let failed = results.samples.filter { $0.outcome != .completed }
            #expect(failed.map(\.outcome) == [outcome], "\(index)")
            #expect(failed.first?.trial == 2 && failed.first?.cell["mode"] == "1")
            let summary = results.summary
            let broken = summary.cells.filter { $0.correctness.status != .held }
            #expect(broken.map { $0.cell["mode"] } == ["1"] && broken.first?.correctness.status == .broken)
            #expect(broken.first?.correctness.findings.map(\.description) == ["trial: \(words) (1 trial)"])
            #expect(!summary.passed)
        }
    }

    @Test(
        "A check that broke, an allocator that is another, an answer without isolation: each is judged by what was promised"
    )
    func correctness() throws {
        let lines = "matrix: {mode: [0, 1], reference: glibc, file_system: /tmp}\ntrials: 1\nwarm_up: 0"
        func statuses(_ change: @escaping (Plan.Step, inout WorkloadReport) -> Void) throws -> [String:
            CellVerdict]
        {
            let run = try MockRun(lines, in: ScratchDirectory())
            let results = try run.perform(
                by: MockExecutor { _, trial in
                    var result = TrialResult.completed(trial.step)
                    if let report = result.report {
                        var changed = report
                        change(trial.step, &changed)
                        result.report = changed
                    }
                    return result
                })
            return Dictionary(
                uniqueKeysWithValues: results.summary.cells.map {
                    ($0.cell["mode"] ?? "glibc", $0.correctness.status)
                })
        }
        #expect(try statuses({ _, _ in }) == ["0": .held, "1": .held, "glibc": .held])
        let leak = try statuses { _, report in
            report.verdicts = [Fixtures.verdict(.isolationChildToParent, .broken, "the parent saw it")]
        }
        #expect(leak == ["0": .brokenAsExpected, "1": .broken, "glibc": .broken])
        let elsewhere = try statuses { step, report in
            if step.cell["mode"] == "1" { report.allocator = "/lib/libc.so.6" }
        }
        #expect(elsewhere == ["0": .held, "1": .broken, "glibc": .held])
        let outside = try statuses { _, report in
            report.verdicts = [Fixtures.verdict(.heapInPool, .broken)]
        }
        #expect(outside == ["0": .broken, "1": .broken, "glibc": .broken])
    }

    @Test("An expectation is judged by the medians of the trials, warm-up left out")
    func expectations() throws {
        let lines = Self.lines + "\nexpect: [\"mode=1.fork_stall < mode=2.fork_stall\"]"
        func summary(_ stall: @escaping (Plan.Step) -> UInt64) throws -> RunSummary {
            try MockRun(lines, in: ScratchDirectory()).perform(by: MockExecutor(stall: stall)).summary
        }
        let usual: (Plan.Step) -> UInt64 = { $0.cell["mode"] == "1" ? 1000 : 2000 }
        #expect(try summary(usual).passed)
        let warm = try summary { $0.isWarmUp ? 4000 - usual($0) : usual($0) }
        #expect(warm.passed)
        let one = try summary { $0.trial == 1 ? 4000 - usual($0) : usual($0) }
        #expect(one.passed && one.expectations.map(\.held) == [true])
        let missed = try summary { $0.trial > 1 ? 4000 - usual($0) : usual($0) }
        #expect(!missed.passed && missed.expectations.map(\.held) == [false])
        #expect(missed.cells.allSatisfy { $0.correctness.status == .held })
    }

    // MARK: Sampling

    @Test("Samples taken beside a trial go into its report, by fork")
    func sampled() throws {
        func usage(_ boundary: Boundary, at: UInt64, memory: Int64) -> WorkloadReport.Usage {
            var counters = MemoryCounters()
            counters.pssAnon = memory
            return WorkloadReport.Usage(
                boundary: boundary, fork: boundary == .peak ? 0 : 1, depth: 1, at: at, parent: counters,
                child: nil, system: SystemMemory(meminfo: KilobyteFields("")), fileSystem: nil)
        }
        let executor = MockExecutor { _, trial in
            var result = TrialResult.completed(trial.step)
            result.report?.usages = [
                usage(.beforeFork, at: 100, memory: 1), usage(.afterExit, at: 200, memory: 1),
            ]
            result.usages = [
                usage(.peak, at: 50, memory: 9), usage(.peak, at: 150, memory: 7),
                usage(.peak, at: 160, memory: 5),
            ]
            if trial.step.cell["mode"] == "1" {
                result.series = [.init(at: 90, memory: 10, space: 1), .init(at: 110, memory: 30, space: 2)]
            }
            return result
        }
        for sample in try run().perform(by: executor).samples {
            let report = try #require(sample.report)
            #expect(report.usages.filter { $0.boundary == .peak }.map(\.at) == [150])
            #expect(report.usages.last?.fork == 1)
            #expect(report.usageSeries?.times == (sample.cell["mode"] == "1" ? [-10, 10] : nil))
        }
    }
}
