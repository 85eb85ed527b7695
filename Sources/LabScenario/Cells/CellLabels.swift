/// Short names for the cells of a run: only the keys in which they differ.
package struct CellLabels {
    /// Parameters that differ between cells, sorted; without mode, reference and file_system.
    package let varyingKeys: [String]

    /// Finds the keys that distinguish `cells`.
    package init(_ cells: [Cell]) {
        let parameters = Set(cells.flatMap(\.keys.keys)).subtracting(Cell.leadingKeys)
        varyingKeys = parameters.sorted().filter { key in Set(cells.map { $0[key] }).count > 1 }
    }

    /// The label without the file system: "mode=1 threads=2".
    package func shortLabel(_ cell: Cell) -> String {
        label(Cell(cell.keys.filter { $0.key != "file_system" }))
    }

    /// The label with the file system: "mode=1 file_system=tmpfs threads=2".
    package func label(_ cell: Cell) -> String {
        Cell(cell.keys.filter { Cell.leadingKeys.contains($0.key) || varyingKeys.contains($0.key) })
            .description
    }
}
