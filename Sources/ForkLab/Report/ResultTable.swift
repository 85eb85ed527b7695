import TextTable

/// The table of a run: a row for each cell, a column for each key that varies and each metric measured.
struct ResultTable {
    private static let shownMetrics: [(metric: Metric, title: String)] = [
        (.phase(.forkStall), "fork stall"), (.laterPhase(.forkStall), "later fork stall"),
        (.phase(.childFirstInstruction), "child first instr."),
        (.phase(.parentFirstWrite), "parent 1st write"), (.phase(.childFirstWrite), "child 1st write"),
        (.phase(.childFirstRead), "child 1st read"), (.memoryCost, "memory cost"),
        (.fileSystemCost, "file-system cost"), (.operationsPerSecond, "malloc+free"),
    ]

    private let titles: [String]
    private let rows: [[String]]
    /// Columns before this one hold keys and are aligned left.
    private let firstMetric: Int

    init(_ cells: [CellSummary]) {
        let varying = CellLabels(cells.map(\.cell)).varyingKeys
        let metrics = Self.shownMetrics.filter { shown in cells.contains { $0.median(shown.metric) != nil } }
        let showsEffects = cells.contains { !$0.effects.isEmpty }
        titles =
            ["file system", "contender"] + varying + metrics.map(\.title) + (showsEffects ? ["effect"] : [])
            + ["correctness"]
        firstMetric = 2 + varying.count
        rows = cells.map { cell in
            let contender = cell.cell.contender.map { "\($0.key)=\($0.value)" } ?? ""
            let keys = [cell.cell["file_system"] ?? "-", contender] + varying.map { cell.cell[$0] ?? "" }
            let numbers = metrics.map { shown in
                cell.median(shown.metric).map { Quantity.text($0, shown.metric.unit) } ?? "-"
            }
            let effects = showsEffects ? [cell.effects.map(\.rawValue).joined(separator: ", ")] : []
            return keys + numbers + effects + [Self.verdict(cell.correctness)]
        }
    }

    /// For a terminal.
    var text: String { render(Style.simple) }

    /// For Markdown.
    var markdown: String { render(Style.pipe) }

    private func render(_ style: TextTableStyle.Type) -> String {
        let table = TextTable<[String]> { row in
            zip(titles, row).enumerated().map { index, column in
                let isNumber = index >= firstMetric && index < firstMetric + numberCount
                return Column(title: column.0, value: column.1, align: isNumber ? .right : .left)
            }
        }
        return table.string(for: rows, style: style) ?? ""
    }

    private var numberCount: Int { titles.count - firstMetric - 1 - (titles.contains("effect") ? 1 : 0) }

    private static func verdict(_ correctness: Correctness) -> String {
        switch correctness.status {
        case .held: "ok"
        case .brokenAsExpected: "broken, as expected"
        case .broken: "BROKEN"
        }
    }
}
