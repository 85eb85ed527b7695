import LabAnalysis
import LabReport
import LabScenario

/// The anchor of a cell's section in summary.md.
enum CellAnchor {
    /// The anchor that GitHub and its imitators derive from a heading: "mode1-file_systemtmpfs" for "mode=1 file_system=tmpfs".
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
