import LabAnalysis
import LabBase
import LabReport
import LabScenario
import LabStatistics

/// One number or word of one cell, as the title of a link names it: `mode=1,file_system=tmpfs.fork_stall`, the same
/// preceded by `maximum of`, or the ratio of two.
///
/// Cells and metrics are named as in `expect:`. Without a statistic the median is meant.
struct Citation {
    /// The statistic over the trials that is cited.
    enum Statistic: String, CaseIterable {
        case minimum
        case lowerQuartile = "lower_quartile"
        case median
        case upperQuartile = "upper_quartile"
        case maximum

        func value(of summary: SampleSummary) -> Double {
            switch self {
            case .minimum: summary.minimum
            case .lowerQuartile: summary.lowerQuartile
            case .median: summary.median
            case .upperQuartile: summary.upperQuartile
            case .maximum: summary.maximum
            }
        }
    }

    /// The cited value, as a reader sees it.
    struct Value: Equatable {
        /// The value as text: "404 us", "12.5", "reflink".
        let text: String
        /// The cell that it comes from; for a ratio, the first.
        let cell: Cell
    }

    private struct Term {
        let statistic: Statistic
        let selector: [String: String]
        let name: String
    }

    private let terms: [Term]

    /// Parses the title of a link. Throws `CitationProblem`.
    init(_ title: String) throws(CitationProblem) {
        let sides = title.split(separator: " / ").map(String.init)
        guard (1...2).contains(sides.count) else {
            throw CitationProblem(
                "\"\(title)\" is not a citation; name one metric, or two with \" / \" between")
        }
        terms = try sides.map { side throws(CitationProblem) in try Self.term(side) }
    }

    private static func term(_ text: String) throws(CitationProblem) -> Term {
        var rest = text
        var statistic = Statistic.median
        if let of = text.firstRange(of: " of ") {
            let name = String(text[..<of.lowerBound])
            guard let known = Statistic(rawValue: name) else {
                throw CitationProblem(
                    Nearest.unknown("statistic", name, among: Statistic.allCases.map(\.rawValue)))
            }
            statistic = known
            rest = String(text[of.upperBound...])
        }
        do {
            let (selector, name) = try ExpectationParser.selection(rest)
            return Term(statistic: statistic, selector: selector, name: name)
        } catch {
            throw CitationProblem(error.problem)
        }
    }

    /// The cited value in `results`. Throws `CitationProblem`.
    func value(in results: ResultSet) throws(CitationProblem) -> Value {
        let cells = try terms.map { term throws(CitationProblem) in
            try Self.cell(term.selector, in: results.summary.cells)
        }
        if terms.count == 1 {
            let text = try CellReading.text(
                terms[0].name, in: cells[0], statistic: terms[0].statistic, marksUncertain: false)
            return Value(text: text, cell: cells[0].cell)
        }
        let numbers = try zip(terms, cells).map { term, cell throws(CitationProblem) in
            try CellReading.number(term.name, in: cell, statistic: term.statistic)
        }
        guard numbers[0].unit == numbers[1].unit, numbers[1].value != 0 else {
            throw CitationProblem("\(terms[0].name) / \(terms[1].name) is not a ratio of like numbers")
        }
        return Value(text: Quantity.ratio(numbers[0].value / numbers[1].value), cell: cells[0].cell)
    }

    /// The one cell that the selector picks.
    private static func cell(
        _ selector: [String: String], in cells: [CellSummary]
    ) throws(CitationProblem) -> CellSummary {
        let known = Set(cells.flatMap(\.cell.keys.keys))
        if let key = selector.keys.sorted().first(where: { !known.contains($0) }) {
            throw CitationProblem(Nearest.unknown("key", key, among: known.sorted()))
        }
        let picked = cells.filter { $0.cell.matches(selector) }
        let text = Cell(selector).description
        guard let first = picked.first else { throw CitationProblem("no cell has \(text)") }
        guard picked.count == 1 else {
            let keys = known.sorted().filter { key in Set(picked.map { $0.cell[key] }).count > 1 }
            throw CitationProblem(
                "\(picked.count) cells have \(text.isEmpty ? "what is not named" : text); name also "
                    + keys.joined(separator: ", "))
        }
        return first
    }
}
