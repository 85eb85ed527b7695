import LabScenario
import WorkloadSchema

/// One trial and its result. A failed trial is a result too.
package struct Trial {
    /// The step of the plan that it carries out.
    package let step: Plan.Step
    /// The scenario, with the workload and the timeout.
    let scenario: Scenario
    /// The directory for the pool.
    let directory: String
    /// The id of the run.
    let run: String

    /// Has `executor` make the trial, and returns its sample; nil if it was interrupted, which says nothing about the cell.
    func sample(by executor: some TrialExecutor) -> Sample? {
        var sample = Sample(step: step, seed: scenario.seed, run: run)
        do {
            guard let result = try executor.make(self), result.end != .interrupted else { return nil }
            sample.record(result)
        } catch {
            sample.outcome = .notStarted
            sample.message = "\(error)"
        }
        return sample
    }

    /// How many times per second the cell wants memory and space sampled.
    var usageRate: UInt64 {
        step.cell[WorkloadParameter.usageRate.name].flatMap { UInt64($0) } ?? 0
    }
}

extension Sample {
    /// Records the result of the trial.
    fileprivate mutating func record(_ result: TrialResult) {
        report = result.report
        if let series = result.series { report?.addSeries(series) }
        report?.addPeaks(among: result.usages)
        elapsed = result.elapsed
        message = result.errors
        record(result.end)
    }
}
