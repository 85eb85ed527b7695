import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabRun
@testable import forklab

/// The exit status of `forklab run` by the results of its trials. No process is started.
@Suite("Exit statuses of runs whose trials are not processes") struct MockStatusTests {
    private static let lines = """
        matrix: {mode: [1, 2], reference: glibc, file_system: /tmp}
        trials: 3
        warm_up: 0
        expect: ["mode=1.fork_stall < mode=2.fork_stall"]
        """

    /// The status of a run with trials made by `answer`; by default mode 1 is the faster one.
    private func status(
        _ answer: @escaping (MockExecutor, Trial) -> TrialResult? = { _, _ in nil },
        isInterrupted: Bool = false
    ) throws -> Int32 {
        let executor = MockExecutor { executor, trial in
            if isInterrupted { return answer(executor, trial) }
            return answer(executor, trial)
                ?? .completed(trial.step, stall: trial.step.cell["mode"] == "1" ? 1000 : 2000)
        }
        let results = try MockRun(Self.lines, in: ScratchDirectory()).perform(by: executor)
        return ExitStatus.after(results.summary).rawValue
    }

    @Test("0 if everything holds")
    func passed() throws { #expect(try status() == 0) }

    @Test("1 for an expectation that is missed, a check that breaks, a trial that fails")
    func failed() throws {
        let missed = try status { _, trial in
            .completed(trial.step, stall: trial.step.cell["mode"] == "1" ? 2000 : 1000)
        }
        let broken = try status { executor, trial in
            executor.steps.count == 5
                ? .completed(trial.step, verdicts: [Fixtures.verdict(.heapInPool, .broken)]) : nil
        }
        let crashed = try status { executor, trial in
            executor.steps.count == 5 ? TrialResult(end: .signalled(6), report: nil, elapsed: 1) : nil
        }
        #expect([missed, broken, crashed] == [1, 1, 1])
    }

    @Test("130 after Ctrl-C, whatever was found before")
    func interrupted() throws {
        let good = try status(
            { executor, trial in executor.steps.count == 8 ? nil : .completed(trial.step) },
            isInterrupted: true)
        let bad = try status(
            { executor, trial in
                executor.steps.count == 8 ? nil : TrialResult(end: .exited(1), report: nil, elapsed: 1)
            }, isInterrupted: true)
        #expect([good, bad] == [130, 130])
    }
}
