import Algorithms
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import LabStatistics

/// Reads metrics and properties of a cell by their names.
enum CellReading {
    /// The text of a metric, or of a property in words, as a reader sees it. Throws `CitationProblem`.
    static func text(
        _ name: String, in cell: CellSummary, statistic: Citation.Statistic = .median, marksUncertain: Bool
    ) throws(CitationProblem) -> String {
        if let property = CellProperty(name: name) {
            let values = property.values(in: cell)
            guard !values.isEmpty else { throw CitationProblem("\(name) was not looked at in \(cell.cell)") }
            return values.joined(separator: ", ")
        }
        let (summary, metric) = try summary(of: name, in: cell)
        return marksUncertain
            ? Quantity.median(summary, metric)
            : Quantity.text(statistic.value(of: summary), metric.unit)
    }

    /// The value of a metric as a number. Throws `CitationProblem`.
    static func number(
        _ name: String, in cell: CellSummary, statistic: Citation.Statistic
    ) throws(CitationProblem) -> (value: Double, unit: Quantity.Unit) {
        let (summary, metric) = try summary(of: name, in: cell)
        return (statistic.value(of: summary), metric.unit)
    }

    /// Throws `CitationProblem` unless a metric or property of some cell has that name.
    static func check(_ name: String, among cells: [CellSummary]) throws(CitationProblem) {
        let known =
            (Metric.all + cells.flatMap(\.ownMetrics)).map(\.name) + CellProperty.all.map(\.name)
        guard known.contains(name) else {
            throw CitationProblem(Nearest.unknown("metric", name, among: known.uniqued(on: \.self)))
        }
    }

    private static func summary(
        of name: String, in cell: CellSummary
    ) throws(CitationProblem) -> (SampleSummary, Metric) {
        try check(name, among: [cell])
        guard let metric = (Metric.all + cell.ownMetrics).first(where: { $0.name == name }),
            let summary = cell.metrics[name]
        else { throw CitationProblem("\(name) was not measured in \(cell.cell)") }
        return (summary, metric)
    }
}
