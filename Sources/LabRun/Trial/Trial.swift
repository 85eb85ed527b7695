import LabScenario
import WorkloadSchema

/// One trial, and what comes of it. A trial that fails is a result too.
package struct Trial {
    /// What is measured.
    package let step: Plan.Step
    /// What runs, and for how long.
    let scenario: Scenario
    /// Directory of the pool.
    let directory: String
    /// Id of the run.
    let run: String

    /// Has `executor` make it, and says how it ended; nil if it was interrupted, which says nothing of the cell.
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

    /// How often a second the cell wants memory and space sampled.
    var usageRate: UInt64 {
        step.cell[WorkloadParameter.usageRate.name].flatMap { UInt64($0) } ?? 0
    }
}

extension Sample {
    /// Notes what the trial did.
    fileprivate mutating func record(_ result: TrialResult) {
        report = result.report
        if let series = result.series { report?.addSeries(series) }
        report?.addPeaks(among: result.usages)
        elapsed = result.elapsed
        message = result.errors
        record(result.end)
    }
}
