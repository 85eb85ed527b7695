import Measurement

/// One trial: a fresh workload process, and what came of it. A trial that fails is a result too.
struct Trial {
    let step: Plan.Step
    let scenario: Scenario
    let executables: Executables
    /// Directory of the pool.
    let directory: String

    /// Makes the trial; nil if it was interrupted, which says nothing of the cell.
    func run(sequence: Int, interruption: Interruption) -> Sample? {
        let process = ChildProcess(
            executable: executables.workload,
            arguments: scenario.workload.arguments(for: step.cell, seed: scenario.seed) + [
                "--report-fd", "3",
            ],
            environment: TrialEnvironment.of(step.cell, executables: executables, directory: directory),
            timeout: UInt64(scenario.timeout) * 1_000_000_000, outputDescriptor: 3)
        var sample = Sample(sequence: sequence, step: step)
        do {
            let result = try process.run(interruption: interruption)
            guard result.end != .interrupted else { return nil }
            sample.report = WorkloadReport.last(in: result.output)
            sample.elapsed = result.elapsed
            sample.message = result.errors
            sample.record(result.end)
        } catch {
            sample.outcome = .notStarted
            sample.message = "\(error)"
        }
        return sample
    }
}
