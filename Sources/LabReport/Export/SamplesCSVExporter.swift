import Algorithms
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario

/// Exports a row for each metric of each trial, warm-up included and marked: for R, pandas and the like.
package struct SamplesCSVExporter: Exporter {
    /// Creates the exporter.
    package init() {}

    /// The contents of the file.
    package func text(of results: ResultSet) -> String {
        let keys = CSV.keys(of: results.summary.cells.map(\.cell))
        let header = ["sequence"] + keys + ["trial", "warm_up", "outcome", "metric", "unit", "value"]
        let metrics = Metric.all + results.summary.cells.flatMap(\.ownMetrics).uniqued()
        let rows = results.samples.flatMap { sample -> [[String]] in
            let head =
                ["\(sample.sequence)"] + keys.map { sample.cell[$0] ?? "" }
                + ["\(sample.trial)", "\(sample.warmUp)", sample.outcome.rawValue]
            // A trial without a report must not vanish.
            guard sample.report != nil else { return [head + ["", "", ""]] }
            return metrics.compactMap { metric in
                metric.value(in: sample).map {
                    head + [metric.name, metric.unit.rawValue, GnuplotText.number($0)]
                }
            }
        }
        return CSV.text([header] + rows)
    }
}
