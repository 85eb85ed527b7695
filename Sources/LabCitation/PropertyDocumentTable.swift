import LabAnalysis
import LabReport

/// The kind "properties": what fork still means, a row for each property and a column for each mode or reference.
struct PropertyDocumentTable: DocumentTable {
    let name = "properties"

    func markdown(for request: TableRequest) throws(CitationProblem) -> String {
        try request.checkOptions([])
        guard let table = PropertyTable(request.results.summary.cells) else {
            throw CitationProblem(
                "no cell of these results decided a property; name a run of the workload semantics")
        }
        return table.grid(isQuestion: true).markdown
    }
}
