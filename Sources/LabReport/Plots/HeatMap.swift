import Glibc
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import WorkloadSchema

/// Modes against file systems, with the median stall as a colour: only if there are several file systems.
enum HeatMap {
    private static let mostRows = 40
    private static let noPool = "no pool"

    static func plot(_ results: ResultSet) -> Plot? {
        let summaries = results.summary.cells.filter { $0.median(.phase(.forkStall)) != nil }
        let labels = CellLabels(summaries.map(\.cell))
        var rows: [String] = []
        var columns: [String] = []
        var tiles: [(column: Int, row: Int, value: Double)] = []
        for summary in summaries {
            let row = index(of: labels.shortLabel(summary.cell), in: &rows)
            let column = index(of: summary.cell["file_system"] ?? noPool, in: &columns)
            tiles.append((column, row, summary.median(.phase(.forkStall)) ?? 0))
        }
        guard columns.filter({ $0 != noPool }).count > 1, rows.count <= mostRows,
            let least = tiles.map(\.value).min(), let most = tiles.map(\.value).max(), least > 0
        else { return nil }
        // Dark tiles, those in the upper third of the logarithmic scale, have light text.
        let dark = least * pow(most / least, 0.62)
        let data = tiles.map { tile in
            [
                "\(tile.column)", "\(tile.row)", GnuplotText.number(tile.value),
                GnuplotText.column(Quantity.nanoseconds(tile.value)), tile.value > dark ? "16777215" : "0",
            ]
        }
        return Plot(
            name: "heat-map", title: "Stall of the first fork by mode and file system",
            caption: "Medians of fork_stall; the darker, the longer. The scale is logarithmic.",
            description: "Median fork_stall. "
                + tiles.map { "\(rows[$0.row]) on \(columns[$0.column]): \(Quantity.nanoseconds($0.value))" }
                .joined(separator: "; ") + ".",
            data: GnuplotText.file([
                GnuplotText.block("tiles", ["column", "row", "fork_stall_ns", "text", "text_colour"], data)
            ]),
            commands: """
                unset key
                unset colorbox
                unset grid
                set border 0
                set logscale cb
                set palette defined (0 '#e8f1fa', 0.5 '#6aaed6', 1 '#08306b')
                set xrange [-0.5:\(columns.count).0-0.5]
                set yrange [\(rows.count).0-0.5:-0.5]
                set xtics scale 0 (\(tics(columns)))
                set ytics scale 0 (\(tics(rows)))
                set lmargin \(min(rows.map(\.count).max() ?? 0, 70) + 2)
                plot data_file using 1:2:(0.48):(0.46):3 with boxxyerror fillstyle solid noborder fillcolor palette, \\
                     data_file using 1:2:4:5 with labels textcolor rgb variable

                """,
            size: (760, 80 + 34 * rows.count))
    }

    private static func tics(_ names: [String]) -> String {
        names.enumerated().map { "\(GnuplotText.quoted($1)) \($0)" }.joined(separator: ", ")
    }

    private static func index(of name: String, in names: inout [String]) -> Int {
        if let known = names.firstIndex(of: name) { return known }
        names.append(name)
        return names.count - 1
    }
}
