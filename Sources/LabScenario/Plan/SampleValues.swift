import LabMetrics

extension Metric {
    /// Its value in a sample; nil if the trial did not get that far.
    package func value(in sample: Sample) -> Double? {
        if self == .runnerShare {
            guard let trial = sample.processorTime, let runner = sample.runnerTime, trial > 0 else {
                return nil
            }
            return Double(runner) / Double(trial)
        }
        return sample.report.flatMap { value(in: $0) }
    }
}
