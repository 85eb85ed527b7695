import Algorithms
import LabBase
import LabScenario

/// Which cell goes into which row and column. A cell without a key of the rows, such as a reference, which has no file system,
/// goes into each of them.
struct TableLayout {
    private let cells: [Cell]
    private let columnKeys: Set<String>
    let rowKeys: Set<String>
    let columns: [Cell]
    let rows: [Cell]

    init(_ cells: [Cell], columnKeys: Set<String>) {
        self.cells = cells
        // A contender is a mode or a reference.
        let contenders: Set = ["mode", "reference"]
        let columnKeys = columnKeys.isDisjoint(with: contenders) ? columnKeys : columnKeys.union(contenders)
        self.columnKeys = columnKeys
        let varying = Set(cells.flatMap(\.keys.keys)).filter { key in Set(cells.map { $0[key] }).count > 1 }
        let rowKeys = varying.subtracting(columnKeys)
        self.rowKeys = rowKeys
        columns = cells.map { $0.only(columnKeys) }.uniqued(on: \.self)
        let all = cells.map { $0.only(rowKeys) }.uniqued(on: \.self)
        rows = all.filter { row in
            !all.contains { $0.keys.count > row.keys.count && $0.matches(row.keys) }
        }
    }

    func cell(row: Cell, column: Cell) throws(CitationProblem) -> Cell? {
        let found = cells.filter { cell in
            cell.only(columnKeys) == column && row.matches(cell.only(rowKeys).keys)
        }
        guard found.count < 2 else {
            throw CitationProblem("\(found[0]) and \(found[1]) fall into one entry; name more in columns=")
        }
        return found.first
    }
}

extension Cell {
    fileprivate func only(_ names: Set<String>) -> Cell { Cell(keys.filter { names.contains($0.key) }) }
}
