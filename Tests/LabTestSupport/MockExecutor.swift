@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import WorkloadSchema

/// Makes trials without a process: each brings what a test says, and takes as long as that says.
package final class MockExecutor: TrialExecutor {
    /// Its clock: moves by what the trials take, and by what a test adds.
    package var now: UInt64 = 1_000_000_000
    package var isInterrupted = false
    /// Whether the next Ctrl-C would end the process.
    package private(set) var nextInterruptionEndsProcess = false
    /// The trials that were begun, in their order.
    package private(set) var steps: [Plan.Step] = []

    private var spent = ProcessorTimes(own: 0, children: 0)
    private let answer: (MockExecutor, Trial) throws -> TrialResult?

    /// Makes trials by `answer`, which is told who asks: it may look at what was begun, or interrupt.
    package init(_ answer: @escaping (MockExecutor, Trial) throws -> TrialResult?) { self.answer = answer }

    /// Makes trials whose fork stalls are `stall`, and that take a second each.
    package convenience init(stall: @escaping (Plan.Step) -> UInt64 = { _ in 100_000 }) {
        self.init { _, trial in .completed(trial.step, stall: stall(trial.step)) }
    }

    /// A microsecond of this process for each trial, and all of its time of its children.
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
    /// A trial of the workload heap whose report is whole, with one fork that held its parent up for `stall` nanoseconds.
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

/// Runs whose trials a `MockExecutor` makes.
package struct MockRun {
    /// Where nothing is started.
    package static let executables = Executables(workload: "/x/forklab-workload", library: Fixtures.library)

    /// The directory of the results.
    package let output: String
    private let scenario: Scenario
    private let selection: FileSystemSelection

    /// A run of a scenario with these lines beside title, question and workload, in a directory of `scratch`.
    package init(_ lines: String, in scratch: ScratchDirectory) throws {
        let text = "title: T\nquestion: Q\nworkload: {name: heap}\n" + lines
        scenario = try Scenario.parse(text, file: "s.yaml")
        selection = FileSystemSelection(here: scenario.fileSystems)
        output = scratch.path + "/out"
    }

    /// What there is to make.
    package var plan: Plan { Plan(scenario, fileSystems: selection.usable.map(\.name)) }

    /// From the beginning.
    package func perform(by executor: MockExecutor, options: RunOptions? = nil) throws -> ResultDirectory {
        try Run(
            scenario, options: try options ?? RunOptions(), executables: Self.executables,
            selection: selection, output: output
        ).perform(by: executor) { $0 }
    }

    /// What is missing in `directory`, by default that of the results.
    package func resume(
        by executor: MockExecutor, in directory: String? = nil, options: RunOptions? = nil
    ) throws -> ResultDirectory {
        let resumption = try Resumption(
            directory: directory ?? output, scenarioPath: nil, options: try options ?? RunOptions())
        return try Run(resumption, executables: Self.executables, selection: selection)
            .perform(by: executor) { $0 }
    }
}
