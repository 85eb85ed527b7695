@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import WorkloadSchema

/// Makes trials without processes: the test determines the result and the time of each.
package final class MockExecutor: TrialExecutor {
    /// Its clock, which advances by the time of the trials, and by what a test adds.
    package var now: UInt64 = 1_000_000_000
    package var isInterrupted = false
    /// Whether the next Ctrl-C would end the process.
    package private(set) var nextInterruptionEndsProcess = false
    /// The trials that were started, in order.
    package private(set) var steps: [Plan.Step] = []

    private var spent = ProcessorTimes(own: 0, children: 0)
    private let answer: (MockExecutor, Trial) throws -> TrialResult?

    /// Makes trials with `answer`, which gets the executor: it may look at the trials started so far, or interrupt.
    package init(_ answer: @escaping (MockExecutor, Trial) throws -> TrialResult?) { self.answer = answer }

    /// Makes trials that have fork stalls of `stall` and take a second each.
    package convenience init(stall: @escaping (Plan.Step) -> UInt64 = { _ in 100_000 }) {
        self.init { _, trial in .completed(trial.step, stall: stall(trial.step)) }
    }

    /// Each trial takes a microsecond of this process, and its own time of the children's.
    package var processorTimes: ProcessorTimes { spent }

    package func letNextInterruptionEndProcess() { nextInterruptionEndsProcess = true }

    package func make(_ trial: Trial) throws -> TrialResult? {
        steps.append(trial.step)
        let result = try answer(self, trial)
        now += result?.elapsed ?? 0
        spent = ProcessorTimes(own: spent.own + 1000, children: spent.children + (result?.elapsed ?? 0))
        return result
    }
}

extension TrialResult {
    /// A trial of the workload heap with a complete report and one fork that held up its parent for `stall` nanoseconds.
    package static func completed(
        _ step: Plan.Step, stall: UInt64 = 100_000, elapsed: UInt64 = 1_000_000_000,
        verdicts: [WorkloadReport.Verdict] = []
    ) -> TrialResult {
        let report = Fixtures.sample(
            step.cell.keys, forkStall: stall,
            allocator: step.cell["mode"] == nil ? "/lib/libc.so.6" : Fixtures.library, verdicts: verdicts
        ).report
        return TrialResult(end: .exited(0), report: report, elapsed: elapsed)
    }
}

/// Makes runs whose trials are made by a `MockExecutor`.
package struct MockRun {
    /// Paths of executables that are never started.
    package static let executables = Executables(workload: "/x/forklab-workload", library: Fixtures.library)

    /// The directory of the results.
    package let output: String
    private let scenario: Scenario
    private let selection: FileSystemSelection

    /// A run of a scenario with these lines in addition to title, question and workload, in a directory of `scratch`.
    package init(_ lines: String, in scratch: ScratchDirectory) throws {
        let text = "title: T\nquestion: Q\nworkload: {name: heap}\n" + lines
        scenario = try Scenario.parse(text, file: "s.yaml")
        selection = FileSystemSelection(here: scenario.fileSystems)
        output = scratch.path + "/out"
    }

    /// The plan of the scenario.
    package var plan: Plan { Plan(scenario, fileSystems: selection.usable.map(\.name)) }

    /// Performs the run from the beginning.
    package func perform(by executor: MockExecutor, options: RunOptions? = nil) throws -> ResultDirectory {
        try Run(
            scenario, options: try options ?? RunOptions(), executables: Self.executables,
            selection: selection, output: output
        ).perform(by: executor) { $0 }
    }

    /// Performs what is missing in `directory`, by default that of the results.
    package func resume(
        by executor: MockExecutor, in directory: String? = nil, options: RunOptions? = nil
    ) throws -> ResultDirectory {
        let resumption = try Resumption(
            directory: directory ?? output, scenarioPath: nil, options: try options ?? RunOptions())
        return try Run(resumption, executables: Self.executables, selection: selection)
            .perform(by: executor) { $0 }
    }
}
