import LabBase
import LabStatistics

extension SampleSummary {
    /// Whether the interval of the median reaches more than a tenth away from it on either side.
    package func isUncertain(_ metric: Metric) -> Bool {
        guard let interval = medianInterval else { return false }
        let reach = max(interval.high - median, median - interval.low)
        return reach > 0.1 * abs(median) && reach > metric.leastDifference
    }
}

extension Quantity {
    /// A median, preceded by "~" if its interval is wide.
    package static func median(_ summary: SampleSummary, _ metric: Metric) -> String {
        (summary.isUncertain(metric) ? "~" : "") + text(summary.median, metric.unit)
    }
}
