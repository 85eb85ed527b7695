import LabMetrics

extension Metric {
    /// The metric's value in a sample; nil if the trial did not get that far.
    package func value(in sample: Sample) -> Double? {
        value(in: sample.report, trialTime: sample.processorTime, runnerTime: sample.runnerTime)
    }
}
