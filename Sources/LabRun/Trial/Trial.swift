import LabBase
import LabProcess
import LabScenario
import WorkloadSchema

/// One trial: a fresh workload process, and what came of it. A trial that fails is a result too.
struct Trial {
    let step: Plan.Step
    let scenario: Scenario
    let executables: Executables
    /// Directory of the pool.
    let directory: String
    /// Id of the run.
    let run: String

    /// Makes the trial; nil if it was interrupted, which says nothing of the cell.
    func run(interruption: Interruption?) -> Sample? {
        var sample = Sample(step: step, seed: scenario.seed, run: run)
        do {
            var process = try process()
            var usages: [WorkloadReport.Usage] = []
            let tree = TreeUsage(pool: step.cell["mode"] == nil ? nil : directory)
            var series = SeriesSampler(rate: usageRate, tree)
            // A program has a supervisor, which samples.
            if case .builtIn = scenario.workload {
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
            var report = WorkloadReport.last(in: result.output)
            if let told = report { report?.usageSeries = series?.series(of: told) }
            report?.addPeaks(among: usages)
            sample.report = report
            sample.elapsed = result.elapsed
            sample.message = result.errors
            sample.record(result.end)
        } catch {
            sample.outcome = .notStarted
            sample.message = "\(error)"
        }
        return sample
    }

    /// How often a second the cell wants memory and space sampled.
    private var usageRate: UInt64 {
        step.cell[WorkloadParameter.usageRate.name].flatMap { UInt64($0) } ?? 0
    }

    /// The process that makes the trial and reports on descriptor 3.
    private func process() throws -> ChildProcess {
        var executable = executables.workload
        var arguments: [String]
        var environment = ProgramEnvironment.plain
        var grace: UInt64 = 0
        var input: String?
        switch scenario.workload {
        case .builtIn(let kind):
            arguments = kind.arguments(
                for: step.cell, seed: scenario.seed, timeout: scenario.timeout.nanoseconds)
            environment = TrialEnvironment.of(step.cell, executables: executables, directory: directory)
        case .program(let program):
            executable = executables.supervisor
            let assignment = ProgramAssignment(
                program, cell: step.cell, executables: executables, directory: directory, seed: scenario.seed,
                timeout: scenario.timeout.nanoseconds)
            arguments = ["supervise"]
            input = try JSONLine.encode(assignment)
            // It has a server to end.
            grace = Supervision.grace
        }
        var process = ChildProcess(
            executable: executable, arguments: arguments + ["--report-fd", "3"], environment: environment,
            timeout: scenario.timeout.nanoseconds, outputDescriptor: 3, grace: grace)
        process.input = input
        return process
    }
}
