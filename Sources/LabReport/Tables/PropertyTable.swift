import Algorithms
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import LabTables
import WorkloadSchema

/// What fork still means: a row for each property that was decided, a column for each mode or reference. An entry contains the
/// answers on all file systems.
package struct PropertyTable {
    private struct Column {
        let title: String
        let cells: [CellSummary]
    }

    private let columns: [Column]
    private let properties: [SemanticProperty]

    /// The table of `cells`; nil if none of them decided a property.
    package init?(_ cells: [CellSummary]) {
        let cells = cells.filter { !$0.answers.isEmpty }
        properties = SemanticProperty.allCases.filter { property in
            cells.contains { !Self.verdicts(property, $0).isEmpty }
        }
        guard !properties.isEmpty else { return nil }
        let titles = Self.titles(cells.map(\.cell))
        columns = titles.uniqued().map { title in
            Column(title: title, cells: zip(titles, cells).filter { $0.0 == title }.map(\.1))
        }
    }

    /// The titles, one for each column.
    var titles: [String] { columns.map(\.title) }

    /// The rows, one for each property, with an answer for each column.
    var rows: [(property: SemanticProperty, answers: [String])] {
        properties.map { property in (property, columns.map { Self.entry(property, $0.cells) }) }
    }

    /// The table as a grid, with the questions, or with only the names of the properties.
    package func grid(isQuestion: Bool) -> Grid {
        let lines = rows.map { property, answers in
            [isQuestion ? "\(property.question) `\(property.rawValue)`" : property.rawValue] + answers
        }
        return Grid(titles: [""] + titles, rows: lines, isProse: true)
    }

    /// A line for each answer that is neither "yes" nor "not applicable", with what was seen.
    func details(_ label: (Cell) -> String) -> [String] {
        properties.flatMap { property in
            columns.flatMap(\.cells).flatMap { cell in
                (cell.answers[property.rawValue] ?? [])
                    .filter { ![.yes, .notApplicable].contains($0.verdict) }
                    .map { "`\(property.rawValue)`, \(label(cell.cell)): \($0.description)" }
            }
        }
    }

    /// Titles that distinguish cells, without the file system.
    private static func titles(_ cells: [Cell]) -> [String] {
        let contenders: Set = ["mode", "reference"]
        let varying = Set(cells.flatMap(\.keys.keys)).filter { key in
            Set(cells.filter { $0["mode"] != nil }.map { $0[key] }).count > 1
        }
        let kept = varying.subtracting(["file_system"]).union(contenders)
        return cells.map { cell in
            let rest = Cell(cell.keys.filter { kept.contains($0.key) && !contenders.contains($0.key) })
            let head = cell["mode"].map { "mode \($0)" } ?? cell["reference"] ?? ""
            return rest.keys.isEmpty ? head : "\(head), \(rest.description)"
        }
    }

    private static func verdicts(_ property: SemanticProperty, _ cell: CellSummary) -> [String] {
        (cell.answers[property.rawValue] ?? []).map(\.verdict).filter { $0 != .notApplicable }.map(\.rawValue)
            .sorted()
    }

    /// "yes", or "yes; no on xfs, btrfs"; the most frequent answer first.
    private static func entry(_ property: SemanticProperty, _ cells: [CellSummary]) -> String {
        let decided = cells.map { (cell: $0, text: verdicts(property, $0).joined(separator: " or ")) }
            .filter { !$0.text.isEmpty }
        let groups = Dictionary(grouping: decided, by: \.text)
            .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        return groups.enumerated().map { index, group in
            let text = group.key + count(property, group.value.map(\.cell))
            let places = group.value.compactMap { $0.cell.cell["file_system"] }
            return index == 0 ? text : "\(text) on \(places.joined(separator: ", "))"
        }.joined(separator: "; ")
    }

    /// The highest number among a thousand of children that found a pair torn; empty if there were none.
    private static func count(_ property: SemanticProperty, _ cells: [CellSummary]) -> String {
        guard property == .heapOfOneMoment || property == .heapOfForksMoment else { return "" }
        let metrics = PairPlacement.allCases.filter { $0.liesInHeap == (property == .heapOfOneMoment) }
            .map(Metric.torn)
        let worst = cells.flatMap { cell in metrics.compactMap { cell.median($0) } }.max() ?? 0
        return worst > 0 ? " (\(Quantity.perThousand(worst)))" : ""
    }
}
