import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import WorkloadSchema

/// Every trial of every cell as a point: shows what a median hides.
enum StallSamples {
    /// With more cells than this the plot is unreadable, and left out.
    private static let mostCells = 60

    static func plot(_ results: ResultSet) -> Plot? {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        let metric = Metric.phase(.forkStall)
        let rows = results.summary.cells.compactMap {
            summary -> (cell: Cell, values: [Double], median: Double)? in
            guard let median = summary.median(metric) else { return nil }
            return (summary.cell, results.values(of: metric, in: summary.cell), median)
        }
        guard !rows.isEmpty, rows.count <= mostCells else { return nil }
        let samples = rows.enumerated().flatMap { index, row in
            row.values.map { value in
                ["\(index + 1)", GnuplotText.number(value), "\(PlotStyle.lineType(row.cell))"]
            }
        }
        let medians = rows.enumerated().map { index, row in
            ["\(index + 1)", GnuplotText.number(row.median), GnuplotText.column(labels.label(row.cell))]
        }
        let longest = rows.map { labels.label($0.cell).count }.max() ?? 0
        return Plot(
            name: "stall-samples", title: "Stall of the first fork, every trial",
            caption: "A point is one trial, warm-up left out; the stroke is the median. Logarithmic.",
            description: "Each trial's fork_stall by cell. Medians: "
                + rows.map { "\(labels.label($0.cell)): \(Quantity.nanoseconds($0.median))" }
                .joined(separator: "; ") + ".",
            data: GnuplotText.file([
                GnuplotText.block("trials", ["row", "fork_stall_ns", "line_type"], samples),
                GnuplotText.block("medians", ["row", "median_ns", "cell"], medians),
            ]),
            commands: """
                unset key
                set logscale x
                set format x '%g'
                set xlabel 'fork_stall (ms)'
                set yrange [\(rows.count).7:0.3]
                set ytics scale 0
                set lmargin \(min(longest, 70) + 2)
                plot data_file index 1 using ($2/1e6):1:ytic(3) with points pointtype 1 pointsize 0 notitle, \\
                     data_file index 0 using ($2/1e6):1:3 with points pointtype 6 pointsize 0.6 linecolor variable, \\
                     data_file index 1 using ($2/1e6):($1-0.3):(0):(0.6) with vectors nohead linewidth 2 \
                linecolor rgb '\(PlotStyle.hexadecimal("ink"))'

                """,
            size: (760, 90 + 22 * rows.count))
    }
}
