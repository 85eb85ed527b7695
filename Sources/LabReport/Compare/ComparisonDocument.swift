import LabAnalysis
import LabBase
import LabScenario
import LabStatistics
import TextTable

/// A comparison of two runs as text: for a terminal, and as Markdown for a pull request.
package struct ComparisonDocument {
    private let comparison: RunComparison
    private let labels: CellLabels

    /// A document that shows `comparison`.
    package init(_ comparison: RunComparison) {
        self.comparison = comparison
        labels = CellLabels((comparison.rows + comparison.controls).map(\.cell))
    }

    /// The text for a terminal; `all` includes comparisons whose verdict is "same".
    package func text(all: Bool) -> String {
        let shown = all ? comparison.rows : telling
        var blocks = [headline, "BASE \(comparison.base)\nNEW  \(comparison.new)"]
        blocks += lists.map { title, lines in
            ([title + ":"] + lines.map { "  \($0)" }).joined(separator: "\n")
        }
        if !shown.isEmpty { blocks.append(table(shown, Style.simple)) }
        blocks.append(tally)
        return blocks.joined(separator: "\n\n")
    }

    /// The Markdown for a pull request: the answer, the significant comparisons, and the rest folded away.
    package var markdown: String {
        var blocks = ["## \(headline)", "BASE `\(comparison.base)`, NEW `\(comparison.new)`. \(tally)"]
        blocks += lists.map { title, lines in
            (["**\(title)**\n"] + lines.map { "- \($0)" }).joined(separator: "\n")
        }
        if !telling.isEmpty { blocks.append(table(telling, Style.pipe)) }
        let rest = comparison.rows + comparison.controls
        blocks.append(
            "<details><summary>All \(rest.count) comparisons</summary>\n\n\(table(rest, Style.pipe))\n\n"
                + "</details>")
        return blocks.joined(separator: "\n\n") + "\n"
    }

    private var headline: String {
        let worse = comparison.rows.count { $0.comparison.verdict == .worse }
        let breaks = comparison.breaks.count
        switch comparison.outcome {
        case .noRegression: return "No regression"
        case .regression:
            let parts = [
                breaks == 0 ? nil : Self.count(breaks, "thing no longer holds", "things no longer hold"),
                worse == 0 ? nil : Self.count(worse, "metric is worse", "metrics are worse"),
            ]
            return "Regression: " + parts.compactMap { $0 }.joined(separator: ", ")
        case .inconclusive: return "Inconclusive: no regression is shown, but none is ruled out either"
        }
    }

    /// The comparisons whose verdict is not "same", worst first.
    private var telling: [RunComparison.Row] {
        [Verdict.worse, .inconclusive, .better].flatMap { verdict in
            comparison.rows.filter { $0.comparison.verdict == verdict }
        }
    }

    private var lists: [(title: String, lines: [String])] {
        let apart = comparison.controls.filter { [.worse, .better].contains($0.comparison.verdict) }
        let lists: [(String, [String])] = [
            (
                "No longer holds",
                comparison.breaks.map { "\(labels.label($0.cell)): \($0.detail)" }
            ),
            ("In BASE but not in NEW", comparison.missing),
            (
                "The machine itself was not the same: these have nothing to do with the library",
                apart.map { "\(labels.label($0.cell)): \($0.metric) \(effect($0))" }
            ),
            ("Forks went another way", comparison.changes.map(\.description)),
            ("The machines differ", comparison.machines.map(\.description)),
            ("Builds and settings differ", comparison.builds.map(\.description)),
            ("Only in NEW", comparison.added),
            ("Why inconclusive", reasons),
        ]
        return lists.filter { !$0.1.isEmpty }
    }

    /// One line on what most have in common; `--json` gives the reason for each single metric.
    private var reasons: [String] {
        let doubtful = comparison.rows.map(\.comparison).filter { $0.verdict == .inconclusive }
        let wanted = doubtful.compactMap(\.wantedTrials).sorted()
        guard let least = wanted.first, let most = wanted.last else { return [] }
        if doubtful.count == 1 { return [doubtful[0].reason] }
        return [
            "about \(least == most ? "\(least)" : "\(least) to \(most)") trials on each side would settle it (--trials); "
                + "so may fewer metrics (--metric) or a larger --minimum-effect"
        ]
    }

    private var tally: String {
        let counts = Verdict.allCases.compactMap { verdict in
            let count = comparison.rows.count { $0.comparison.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.rawValue)"
        }
        return Self.count(comparison.rows.count, "comparison", "comparisons") + " of medians"
            + (counts.isEmpty ? "" : ": " + counts.joined(separator: ", "))
            + ". Differences below \(Quantity.percent(comparison.minimumEffect)) do not count."
    }

    private func table(_ rows: [RunComparison.Row], _ style: TextTableStyle.Type) -> String {
        let table = TextTable<RunComparison.Row> { row in
            let contrast = row.comparison.contrast
            return [
                Column(title: "cell", value: labels.label(row.cell), align: .left),
                Column(title: "metric", value: row.metric, align: .left),
                Column(title: "BASE", value: Quantity.text(contrast.firstMedian, row.unit), align: .right),
                Column(title: "NEW", value: Quantity.text(contrast.secondMedian, row.unit), align: .right),
                Column(title: "NEW / BASE (95 % interval)", value: effect(row), align: .right),
                Column(title: "p", value: Quantity.probability(row.comparison.adjustedPValue), align: .right),
                Column(title: "verdict", value: row.comparison.verdict.rawValue, align: .left),
            ]
        }
        let text = table.string(for: rows, style: style) ?? ""
        return text.split(separator: "\n").joined(separator: "\n")
    }

    /// "1.31 (1.22 .. 1.45)", or a difference in the metric's unit.
    private func effect(_ row: RunComparison.Row) -> String {
        let contrast = row.comparison.contrast
        let number: (Double) -> String =
            switch contrast.scale {
            case .ratio: { Quantity.ratio($0) }
            case .difference: { ($0 < 0 ? "" : "+") + Quantity.text($0, row.unit) }
            }
        return
            "\(number(contrast.effect)) (\(number(contrast.interval.low)) .. \(number(contrast.interval.high)))"
    }

    private static func count(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}
