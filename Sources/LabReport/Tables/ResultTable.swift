import Algorithms
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import LabTables
import Measurement
import WorkloadSchema

/// The medians of some cells: a column for each cell and a line for each metric as long as the columns fit
/// side by side; otherwise the other way round.
struct ResultTable {
    /// One field of the table.
    struct Entry {
        let text: String
        /// The cell that it is about; nil in the names of metrics.
        let cell: Cell?
        /// The metric whose median it is; nil in labels and words.
        let metric: Metric?

        init(_ text: String, cell: Cell? = nil, metric: Metric? = nil) {
            self.text = text
            self.cell = cell
            self.metric = metric
        }
    }

    static let shownMetrics: [Metric] =
        [
            .phase(.forkStall), .step(.reserve), .step(.prepare), .step(.kernelFork), .step(.resumeParent),
            .laterPhase(.forkStall), .phase(.childFirstInstruction), .phase(.parentFirstWrite),
            .phase(.childFirstWrite), .phase(.childFirstRead), .step(.childCopy), .pageTables, .memoryCost,
            .systemMemoryCost, .parentMemory(.peak), .parentMemory(.left), .fold(.time), .fold(.pause),
            .fileSystemCost, .operationsPerSecond, .latency(.before, .p50), .latency(.before, .p99),
            .latency(.during, .p99),
            .latency(.during, .max), .latency(.after, .p99), .longestGap, .startUp,
        ] + Metric.StartCount.allCases.map(Metric.startCount)
        + Metric.FilledHeap.allCases.map(Metric.usableShare) + PairPlacement.allCases.map(Metric.torn) + [
            .lag(.lowHeapToGlobal), .lag(.highHeapToGlobal),
        ]
    /// Metrics that are left out if each metric is a column, as are those that were always zero: the spread in summary.md
    /// has them all.
    private static let lineOnlyMetrics: [Metric] = [
        .step(.reserve), .step(.kernelFork), .step(.resumeParent), .pageTables,
    ]
    private static let mostColumns = 8

    /// The entries of the first line.
    let titles: [Entry]
    /// The entries of the lines below it.
    let rows: [[Entry]]

    /// A table of `cells`, named by `label`.
    init(_ cells: [CellSummary], label: (Cell) -> String) {
        let isTransposed = cells.count <= Self.mostColumns
        let foldMetrics = Metric.ParentMemory.allCases.map(Metric.parentMemory)
        let isFolded = cells.contains { $0.median(.fold(.time)) != nil }
        let told = cells.flatMap(\.ownMetrics).uniqued()
        let metrics = (Self.shownMetrics + told).filter { metric in
            let medians = cells.compactMap { $0.median(metric) }
            let isIdle = metric.unit == .perThousand && !medians.contains { $0 > 0 }
            // The memory of a program's short-lived children shows only in the system's.
            let isForOthers = metric == .systemMemoryCost && !cells.contains { $0.isProgram }
            // What folds leave of the parent's memory says nothing where nothing is folded.
            let isForFolds = foldMetrics.contains(metric) && !isFolded
            return !medians.isEmpty && !isForOthers && !isForFolds
                && (isTransposed || !Self.lineOnlyMetrics.contains(metric) && !isIdle)
        }
        let showsEffects = cells.contains { !$0.effects.isEmpty }
        let names = metrics.map(\.name) + (showsEffects ? ["effect", "action"] : []) + ["correctness"]
        let columns = cells.map { cell in
            let numbers = metrics.map { metric in
                cell.metrics[metric.name].map {
                    Entry(Quantity.median($0, metric), cell: cell.cell, metric: metric)
                } ?? Entry("-")
            }
            let words =
                (showsEffects ? [Self.list(cell.effects), Self.list(cell.actions)] : [])
                + [Self.verdict(cell.correctness)]
            return [Entry(label(cell.cell), cell: cell.cell)] + numbers + words.map { Entry($0) }
        }
        let table = [[Entry("")] + names.map { Entry($0) }] + columns
        let lines = isTransposed ? Self.transposed(table) : table
        titles = lines[0]
        rows = Array(lines.dropFirst())
    }

    /// The table as text for a terminal.
    var text: String { grid.text }

    /// The table as Markdown.
    var markdown: String { grid.markdown }

    private var grid: Grid {
        Grid(titles: titles.map(\.text), rows: rows.map { row in row.map(\.text) })
    }

    private static func transposed(_ lines: [[Entry]]) -> [[Entry]] {
        lines[0].indices.map { index in lines.map { $0[index] } }
    }

    private static func list<Name: RawRepresentable<String>>(_ names: [Name]) -> String {
        names.isEmpty ? "-" : names.map(\.rawValue).joined(separator: ", ")
    }

    private static func verdict(_ correctness: Correctness) -> String {
        switch correctness.status {
        case .held: "ok"
        case .brokenAsExpected: "broken (expected)"
        case .broken: "BROKEN"
        }
    }
}
