import LabAnalysis
import LabReport
import LabScenario

/// The place in summary.md that is about one cell.
enum CellAnchor {
    /// What GitHub, and what follows it, makes of a heading: "mode1-file_systemtmpfs" of "mode=1 file_system=tmpfs".
    static func slug(_ heading: String) -> String {
        String(
            heading.lowercased().compactMap { letter in
                if letter == " " { return "-" }
                return letter.isLetter || letter.isNumber || letter == "-" || letter == "_" ? letter : nil
            })
    }

    /// The anchor of `cell` in the summary of `results`.
    static func of(_ cell: Cell, in results: ResultSet) -> String {
        slug(CellLabels(results.summary.cells.map(\.cell)).label(cell))
    }
}
