import LabAnalysis
import LabMetrics
import LabScenario
import LabStatistics

/// Exports a row for each metric of each cell, with its distribution: times in nanoseconds, sizes in bytes.
package struct CSVExporter: Exporter {
    /// Creates the exporter.
    package init() {}

    /// The contents of the file.
    package func text(of results: ResultSet) -> String {
        let keys = CSV.keys(of: results.summary.cells.map(\.cell))
        let header =
            keys + [
                "correctness", "metric", "unit", "n", "min", "lower_quartile", "median", "upper_quartile",
                "max",
                "interval_low", "interval_high",
            ]
        let rows = results.summary.cells.flatMap { summary in
            (Metric.all + summary.ownMetrics).compactMap { metric -> [String]? in
                guard let values = summary.metrics[metric.name] else { return nil }
                let numbers = [
                    values.minimum, values.lowerQuartile, values.median, values.upperQuartile, values.maximum,
                ]
                let interval = values.medianInterval
                return keys.map { summary.cell[$0] ?? "" }
                    + [
                        summary.correctness.status.rawValue, metric.name, metric.unit.rawValue,
                        "\(values.count)",
                    ]
                    + numbers.map(GnuplotText.number)
                    + [interval?.low, interval?.high].map {
                        $0.map(GnuplotText.number) ?? ""
                    }
            }
        }
        return CSV.text([header] + rows)
    }
}
