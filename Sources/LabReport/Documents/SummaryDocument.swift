import LabAnalysis
import LabBase
import LabMetrics
import LabRun
import LabScenario
import LabStatistics

/// The answer of a run as text: for the terminal, and as summary.md.
package struct SummaryDocument {
    private let summary: RunSummary
    private let labels: CellLabels

    /// A document that shows `summary`.
    package init(_ summary: RunSummary) {
        self.summary = summary
        labels = CellLabels(summary.cells.map(\.cell))
    }

    /// The text for a terminal.
    package var text: String {
        var blocks = [summary.title] + sections(heading: "", table: \.text)
        if let legend { blocks.append(legend) }
        if let properties { blocks.append(properties.grid(isQuestion: false).text) }
        blocks += [notes, readings, expectations, outliers].filter { !$0.isEmpty }.map {
            $0.joined(separator: "\n")
        }
        blocks.append(conclusion)
        return blocks.joined(separator: "\n\n")
    }

    /// The contents of summary.md.
    var markdown: String {
        var blocks = [
            "# \(summary.title)", summary.question, conclusion, "Medians, with all trials under Spread.",
        ]
        blocks += sections(heading: "## ", table: \.markdown)
        if let properties {
            blocks.append("## What fork still means\n\n" + properties.grid(isQuestion: true).markdown)
            blocks.append(list("What was seen where the answer is not yes", properties.details(labels.label)))
        }
        blocks += [
            list("What did not hold", notes), list("Which mode suits", readings),
            list("Expectations", expectations), list("Outliers", outliers), spread,
        ]
        blocks.removeAll(where: \.isEmpty)
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// For each file system a heading and its cells with the references beside them; then what was skipped.
    private func sections(heading: String, table: (ResultTable) -> String) -> [String] {
        tables.flatMap { [heading + $0.caption, table($0.table)] } + summary.skipped.map(\.description)
    }

    /// What fork still means, as a table with one column per mode; nil if no cell looked at that.
    var properties: PropertyTable? { PropertyTable(summary.cells) }

    /// For each file system a table of its cells with the references beside them.
    var tables: [(caption: String, table: ResultTable)] {
        let references = summary.cells.filter { $0.cell["file_system"] == nil }
        let places = summary.fileSystems.map { ($0.name, $0.description) }
        let shown = places.isEmpty ? [("", "No pool: references alone")] : places
        return shown.map { name, description in
            let own = summary.cells.filter { $0.cell["file_system"] == name }
            return (description, ResultTable(own + references, label: labels.shortLabel))
        }
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "" : "## \(title)\n\n" + lines.map { "- \($0)" }.joined(separator: "\n")
    }

    var notes: [String] {
        summary.cells.flatMap { cell in
            cell.correctness.findings.map { "\(labels.label(cell.cell)): \($0.description)" }
        }
    }

    var readings: [String] {
        ModeReading(summary.cells).sentences(fileSystems: summary.fileSystems)
    }

    var expectations: [String] { expectationLines.map(\.text) }

    /// A line for each result; expectations in words that hold in many cells share one line.
    var expectationLines: [(text: String, held: Bool)] {
        let held = Dictionary(grouping: summary.expectations.filter { $0.held && $0.seen != nil }, by: \.text)
        var told: Set<String> = []
        return summary.expectations.compactMap { result in
            guard result.held, let cells = held[result.text], cells.count > 1 else {
                return (result.description(label: labels.label), result.held)
            }
            return told.insert(result.text).inserted
                ? ("held: \(result.text) (\(cells.count) cells)", true) : nil
        }
    }

    /// An explanation of the mark in the tables; nil if it does not occur.
    var legend: String? {
        let isMarked = summary.cells.contains { cell in
            ResultTable.shownMetrics.contains { metric in
                cell.metrics[metric.name]?.isUncertain(metric) == true
            }
        }
        return isMarked
            ? "~: the 95 % interval of the median reaches further than 10 %; more trials narrow it (--trials)."
            : nil
    }

    var outliers: [String] { OutlierAdvice(summary.outliers, labels: labels).lines }

    var conclusion: String {
        let trials = "\(summary.trialsDone) of \(summary.trialsPlanned) trials"
        if summary.incomplete {
            return incomplete(trials) + " What is shown is valid as far as it goes; "
                + "\"forklab run --resume DIR\" makes the rest."
        }
        return summary.passed
            ? "All that was expected held, in \(trials)."
            : "Something that was expected did not hold, in \(trials)."
    }

    private func incomplete(_ trials: String) -> String {
        switch summary.end {
        case .timeBudget:
            let counts = summary.cells.map(\.trials)
            let least = counts.min() ?? 0
            let each = least == counts.max() ? "\(least)" : "\(least) to \(counts.max() ?? 0)"
            return "The time budget ended after \(trials), \(each) that count in each cell."
        case .interrupted: return "Interrupted after \(trials)."
        case .complete, nil: return "Unfinished, with \(trials)."
        }
    }

    /// Every metric of every cell, with the quartiles and the 95 % interval of the median; each cell has a heading, as the target
    /// of links.
    private var spread: String {
        let titles = ["metric", "n", "min", "quartile", "median", "95 % interval", "quartile", "max"]
        let sections = summary.cells.map { cell in
            let rows = (Metric.all + cell.ownMetrics).compactMap { metric in
                cell.metrics[metric.name].map { values in
                    [metric.name, "\(values.count)"]
                        + values.texts(metric.unit, interval: values.medianInterval)
                }
            }
            let lines = [titles, titles.map { _ in "---" }] + rows
            return "### \(labels.label(cell.cell))\n\n"
                + lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
        }
        return (["## Spread"] + sections).joined(separator: "\n\n")
    }
}

extension SampleSummary {
    /// Minimum, quartile, median, its 95 % interval, quartile and maximum, as tables show them.
    func texts(_ unit: Quantity.Unit, interval: Interval?) -> [String] {
        [minimum, lowerQuartile, median].map { Quantity.text($0, unit) }
            + [interval.map { Quantity.text($0, unit) } ?? "-"]
            + [upperQuartile, maximum].map { Quantity.text($0, unit) }
    }
}
