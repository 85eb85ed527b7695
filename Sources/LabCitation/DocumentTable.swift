import LabBase
import LabReport
import LabScenario

/// A kind of table, generated from results, that documents have between two marker comments:
///
///     <!-- forklab: results ../results/first-fork metrics=fork_stall,memory_cost -->
///     <!-- forklab: end -->
///
/// To add a kind, add a conforming type and its place in `DocumentTables.all`.
protocol DocumentTable: Sendable {
    /// The word after "forklab:" that asks for it.
    var name: String { get }

    /// The Markdown between the markers, without blank lines around it.
    ///
    /// Throws `CitationProblem` for options or results that do not fit.
    func markdown(for request: TableRequest) throws(CitationProblem) -> String
}

/// Every kind of table.
enum DocumentTables {
    /// The kinds in the order in which errors list them.
    static let all: [any DocumentTable] = [
        MetricDocumentTable(), PropertyDocumentTable(), TornPairsTable(),
    ]

    static func named(_ name: String) throws(CitationProblem) -> any DocumentTable {
        guard let table = all.first(where: { $0.name == name }) else {
            throw CitationProblem(Nearest.unknown("table", name, among: all.map(\.name)))
        }
        return table
    }
}

/// The request that a marker makes.
struct TableRequest: Sendable {
    /// The results that it names.
    let results: ResultSet
    /// The options after the directory, by key.
    let options: [String: String]
    /// The path of summary.md as seen from the document.
    let summaryPath: String

    /// The values of an option that is a list, such as "a,b"; nil if it is not given.
    func list(_ option: String) -> [String]? {
        options[option].map { $0.split(separator: ",").map(String.init) }
    }

    /// Throws `CitationProblem` unless every option is one of `known`.
    func checkOptions(_ known: [String]) throws(CitationProblem) {
        if let wrong = options.keys.sorted().first(where: { !known.contains($0) }) {
            throw CitationProblem(
                known.isEmpty
                    ? "\"\(wrong)\" is not an option; this table has none"
                    : Nearest.unknown("option", wrong, among: known))
        }
    }

    /// `text` as a link to the section of `cell` in summary.md.
    func link(_ text: String, to cell: Cell) -> String {
        "[\(text)](\(summaryPath)#\(CellAnchor.of(cell, in: results)))"
    }
}
