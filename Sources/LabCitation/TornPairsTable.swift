import LabTables
import LabAnalysis
import LabBase
import LabMetrics
import LabReport
import LabScenario
import LabStatistics
import Measurement
import WorkloadSchema

/// The kind "torn-pairs": in how many of a thousand children a pair of words was torn, and how long before the fork each
/// end of the heap was copied; a row for each cell of the workload `snapshot`.
struct TornPairsTable: DocumentTable {
    let name = "torn-pairs"

    /// The pairs with their own columns. A sentence below the table covers the others.
    private static let shown: [(pair: PairPlacement, title: String)] = [
        (.nearAscending, "same page, A below B"), (.farAscending, "far apart, A below B"),
        (.lowHeapToGlobal, "heap at its low end, then .bss"),
        (.highHeapToGlobal, "heap at its high end, then .bss"),
        (.lowHeapToStack, "heap at its low end, then a stack"),
    ]
    private static let windows: [(pair: PairPlacement, title: String)] = [
        (.lowHeapToGlobal, "window, low end"), (.highHeapToGlobal, "window, high end"),
    ]

    func markdown(for request: TableRequest) throws(CitationProblem) -> String {
        try request.checkOptions([])
        let cells = request.results.summary.cells
        guard cells.contains(where: { $0.median(.torn(.nearAscending)) != nil }) else {
            throw CitationProblem(
                "no cell of these results counted pairs; name a run of the workload snapshot")
        }
        let titles =
            [""] + Self.shown.map(\.title) + Self.windows.map { $0.title + ": median (longest)" }
            + ["prepare: median (longest)"]
        let rows = cells.map { cell in
            [request.link(Self.label(cell), to: cell.cell)]
                + Self.shown.map { Self.count(.torn($0.pair), cell) }
                + Self.windows.map { Self.window($0.pair, request.results.counted(cell.cell)) }
                + [Self.prepare(request.results.counted(cell.cell))]
        }
        let table = Grid(titles: titles, rows: rows).markdown
        return table + "\n\n" + (try Self.others(cells))
    }

    /// The label of a row: "mode 2, tmpfs, of itself copy_file_range".
    private static func label(_ cell: CellSummary) -> String {
        guard let mode = cell.cell["mode"] else {
            return "\(cell.cell["reference"] ?? "") on anonymous memory"
        }
        let engine = cell.cell[LibrarySetting.forkCopy]
        let actions = cell.actions.filter(\.isCopy).map(\.rawValue).joined(separator: ", ")
        let copy =
            actions.isEmpty ? nil : engine.map { $0 == "auto" ? "of itself \(actions)" : $0 } ?? actions
        return ["mode \(mode)", cell.cell["file_system"], copy].compactMap { $0 }.joined(separator: ", ")
    }

    private static func count(_ metric: Metric, _ cell: CellSummary) -> String {
        cell.median(metric).map { Quantity.fixed($0, digits: 0) } ?? "-"
    }

    private static func window(_ pair: PairPlacement, _ samples: [Sample]) -> String {
        let tallies = samples.compactMap { $0.report?.pairs.first { $0.pair == pair } }
        return span(tallies.map { Double($0.medianLag) }, tallies.map { Double($0.longestLag) })
    }

    private static func prepare(_ samples: [Sample]) -> String {
        let times = samples.compactMap(\.report).flatMap(\.accounts).compactMap { account in
            account.parent.map { Double($0.prepareNs) }
        }
        return span(times, times)
    }

    private static func span(_ medians: [Double], _ longest: [Double]) -> String {
        guard let median = Quantile.median(of: medians), let most = longest.max() else { return "-" }
        return most == 0 ? "0" : "\(Quantity.nanoseconds(median)) (\(Quantity.nanoseconds(most)))"
    }

    /// The pairs that have no column, in a sentence.
    private static func others(_ cells: [CellSummary]) throws(CitationProblem) -> String {
        let others = PairPlacement.allCases.filter { pair in !shown.contains { $0.pair == pair } }
        let torn = others.flatMap { pair in
            cells.compactMap { cell -> String? in
                guard let count = cell.median(.torn(pair)), count > 0 else { return nil }
                return "\(pair.rawValue) in \(Quantity.perThousand(count)) (\(label(cell)))"
            }
        }
        let names = others.filter { pair in cells.contains { $0.median(.torn(pair)) != nil } }.map {
            "`\($0.rawValue)`"
        }
        return torn.isEmpty
            ? "The other pairs were never seen torn: \(names.joined(separator: ", "))."
            : "Of the other pairs were torn: \(torn.joined(separator: "; "))."
    }
}
