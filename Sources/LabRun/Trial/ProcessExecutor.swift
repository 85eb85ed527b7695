import LabBase
import LabProcess
import LabScenario
import WorkloadSchema

/// Makes each trial as a new process on this machine: a built-in workload, or the supervisor of a program.
package struct ProcessExecutor: TrialExecutor {
    private let executables: Executables
    private let interruption: Interruption?

    /// An executor that uses `executables`, until `interruption`; nil if nothing can interrupt it.
    package init(executables: Executables, interruption: Interruption?) {
        self.executables = executables
        self.interruption = interruption
    }

    package var now: UInt64 { Clock.nanoseconds }
    package var processorTimes: ProcessorTimes { .now }
    package var isInterrupted: Bool { interruption?.arrived ?? false }

    package func letNextInterruptionEndProcess() { interruption?.letNextEndProcess() }

    /// Throws `SystemCallError` or `EncodingError` if the trial cannot be started.
    package func make(_ trial: Trial) throws -> TrialResult? {
        var process = try process(of: trial)
        var usages: [WorkloadReport.Usage] = []
        let tree = TreeUsage(pool: trial.step.cell["mode"] == nil ? nil : trial.directory)
        var series = SeriesSampler(rate: trial.usageRate, tree)
        // A program has a supervisor, which samples.
        if case .builtIn = trial.scenario.workload {
            var sampler = UsageSampler(tree, waits: true)
            process.look = (
                min(UsageSampler.interval, series?.interval ?? .max),
                { process in
                    if let usage = sampler.sample(process) { usages.append(usage) }
                    series?.look()
                }
            )
        }
        let result = try process.run(interruption: interruption)
        guard result.end != .interrupted else { return nil }
        return TrialResult(
            end: result.end, report: WorkloadReport.last(in: result.output), errors: result.errors,
            elapsed: result.elapsed, usages: usages, series: series?.samples)
    }

    /// The process that makes the trial and reports on descriptor 3.
    private func process(of trial: Trial) throws -> ChildProcess {
        let (scenario, cell) = (trial.scenario, trial.step.cell)
        var executable = executables.workload
        var arguments: [String]
        var environment = ProgramEnvironment.plain
        var grace = Duration.zero
        var input: String?
        switch scenario.workload {
        case .builtIn(let kind):
            arguments = kind.arguments(
                for: cell, seed: scenario.seed, timeout: scenario.timeout.nanoseconds)
            environment = TrialEnvironment.of(cell, executables: executables, directory: trial.directory)
        case .program(let program):
            executable = executables.supervisor
            let assignment = ProgramAssignment(
                program, cell: cell, executables: executables, directory: trial.directory,
                seed: scenario.seed, timeout: scenario.timeout.nanoseconds)
            arguments = ["supervise"]
            input = try JSONLine.encode(assignment)
            // The supervisor has a server to end.
            grace = Supervision.grace
        }
        var process = ChildProcess(
            executable: executable, arguments: arguments + ["--report-fd", "3"], environment: environment,
            timeout: .nanoseconds(scenario.timeout.nanoseconds), outputDescriptor: 3, grace: grace)
        process.input = input
        return process
    }
}
