import LabTables
import LabAnalysis
import LabBase
import LabReport
import LabRun
import LabScenario

/// The kind "results": some metrics of some cells, each median a link to its cell.
///
/// Options: `metrics`, the metrics and properties to show; `columns`, the keys that distinguish columns (mode and reference
/// unless given); and any key of the matrix with the values to keep, as `--filter` takes them.
struct MetricDocumentTable: DocumentTable {
    let name = "results"

    func markdown(for request: TableRequest) throws(CitationProblem) -> String {
        guard let metrics = request.list("metrics") else {
            throw CitationProblem("names no metrics; write metrics=NAME,NAME, as in metrics=fork_stall")
        }
        let columnKeys = Set(request.list("columns") ?? ["mode", "reference"])
        let cells = try kept(request)
        for metric in metrics { try CellReading.check(metric, among: cells) }
        let layout = TableLayout(cells.map(\.cell), columnKeys: columnKeys)
        var rows: [[String]] = []
        for (row, metric) in layout.rows.flatMap({ row in metrics.map { (row, $0) } }) {
            let entries = try layout.columns.map { column throws(CitationProblem) in
                try entry(metric, try layout.cell(row: row, column: column), cells, request)
            }
            guard entries.contains(where: { $0 != "-" }) else { continue }
            rows.append([label(row, metrics.count > 1 ? metric : nil, layout)] + entries)
        }
        let corner = metrics.count == 1 ? "`\(metrics[0])`" : ""
        return Grid(
            titles: [corner] + layout.columns.map { $0.keys.isEmpty ? "no pool" : $0.description }, rows: rows
        )
        .markdown
    }

    private func kept(_ request: TableRequest) throws(CitationProblem) -> [CellSummary] {
        let filters = request.options.filter { !["metrics", "columns"].contains($0.key) }
        do {
            let filter = try CellFilter(
                filters.map { "\($0.key)=\($0.value)" }.sorted(), for: request.results.contents.scenario)
            return request.results.summary.cells.filter { filter.keeps($0.cell) }
        } catch {
            throw CitationProblem(error.problem)
        }
    }

    private func entry(
        _ metric: String, _ cell: Cell?, _ cells: [CellSummary], _ request: TableRequest
    ) throws(CitationProblem) -> String {
        guard let summary = cells.first(where: { $0.cell == cell }),
            let text = try? CellReading.text(metric, in: summary, marksUncertain: true)
        else { return "-" }
        return request.link(text, to: summary.cell)
    }

    private func label(_ row: Cell, _ metric: String?, _ layout: TableLayout) -> String {
        // If file_system is the only key of the rows, its name is omitted.
        let place = layout.rowKeys == ["file_system"] ? row["file_system"] ?? "" : row.description
        return [place, metric.map { "`\($0)`" } ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
