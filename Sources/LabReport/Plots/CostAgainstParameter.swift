import Algorithms
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import WorkloadSchema

/// How stall, memory and space depend on a number of the scenario, such as the number of children: a plot for each number that
/// varies, except sizes of heaps.
enum CostAgainstParameter {
    private static let metrics: [Metric] = [
        .phase(.startAll), .phase(.forkStall), .laterPhase(.spawn), .memoryCost, .fileSystemCost,
    ]
    private static let mostPanels = 3
    private static let mostCurves = 24

    private struct Point {
        let parameter: Double
        let summary: CellSummary
    }

    static func plots(_ results: ResultSet) -> [Plot] {
        let cells = results.summary.cells
        let varying = CellLabels(cells.map(\.cell)).varyingKeys.filter { key in
            let values = cells.compactMap { $0.cell[key] }.uniqued(on: \.self)
            return !StallAgainstHeap.sizeKeys.contains(key) && values.count > 1
                && values.allSatisfy { Double($0) != nil }
        }
        return varying.compactMap { plot($0, cells) }
    }

    private static func plot(_ key: String, _ cells: [CellSummary]) -> Plot? {
        func without(_ cell: Cell) -> Cell { Cell(cell.keys.filter { $0.key != key }) }
        let names = cells.map { without($0.cell) }.uniqued(on: \.self)
        let curves = names.map { name in
            let points = cells.filter { without($0.cell) == name }.compactMap { cell in
                cell.cell[key].flatMap(Double.init).map { Point(parameter: $0, summary: cell) }
            }
            return (cell: name, points: points.sorted { $0.parameter < $1.parameter })
        }.filter { $0.points.count > 1 }
        let shown = metrics.filter { metric in
            curves.contains { curve in curve.points.contains { $0.summary.median(metric) ?? 0 > 0 } }
        }.prefix(mostPanels)
        guard !curves.isEmpty, curves.count <= mostCurves, !shown.isEmpty else { return nil }
        let labels = CellLabels(curves.map(\.cell))
        let looks = Curves(curves.map(\.cell), label: labels.label)
        let height = 352 + looks.legendHeight
        let panels = shown.enumerated().map { index, metric in
            """
            set title '\(metric.name) (\(metric.unit == .bytes ? "MiB" : "ms"))'
            \(GnuplotText.plot(lines(curves, column: index + 2, metric, looks)))
            \(index == 0 ? "unset key" : "")
            """
        }
        return Plot(
            name: Plot.fileName("cost-against", key), title: "Cost against \(key)",
            caption: "Medians, both axes logarithmic. Values of 0 are not drawn.",
            description: sentences(curves, Array(shown), key, labels),
            data: GnuplotText.file(
                curves.map { curve in
                    GnuplotText.block(
                        labels.label(curve.cell), [key] + shown.map(\.name),
                        curve.points.map { point in
                            [GnuplotText.number(point.parameter)]
                                + shown.map { metric in
                                    point.summary.median(metric).flatMap {
                                        $0 > 0 ? GnuplotText.number($0) : nil
                                    } ?? "NaN"
                                }
                        })
                }),
            commands: """
                set logscale xy
                set format '%g'
                set xlabel '\(key)'
                set multiplot layout 1,\(shown.count) margins 0.08,0.98,0.14,\(1 - Double(looks.legendHeight + 44) / Double(height)) spacing 0.08
                \(looks.sharedLegend(height: height))
                \(panels.joined(separator: "\n"))
                unset multiplot

                """,
            size: (760, height))
    }

    private static func lines(
        _ curves: [(cell: Cell, points: [Point])], column: Int, _ metric: Metric, _ looks: Curves
    ) -> [String] {
        let scale = metric.unit == .bytes ? "2**20" : "1e6"
        return curves.enumerated().compactMap { index, curve in
            // A curve without points would be an error in gnuplot; the first panel has the legend for all.
            let isEmpty = !curve.points.contains { $0.summary.median(metric) ?? 0 > 0 }
            return isEmpty
                ? nil
                : "data_file index \(index) using 1:($\(column)/\(scale)) with linespoints "
                    + "\(looks.look(curve.cell)) \(looks.title(curve.cell))"
        }
    }

    private static func sentences(
        _ curves: [(cell: Cell, points: [Point])], _ metrics: [Metric], _ key: String, _ labels: CellLabels
    ) -> String {
        curves.map { curve in
            let parts = metrics.compactMap { metric -> String? in
                guard let first = curve.points.first?.summary.median(metric),
                    let last = curve.points.last?.summary.median(metric)
                else { return nil }
                return
                    "\(metric.name) \(Quantity.text(first, metric.unit)) to \(Quantity.text(last, metric.unit))"
            }
            return "\(labels.label(curve.cell)), \(key) \(GnuplotText.number(curve.points[0].parameter)) to "
                + "\(GnuplotText.number(curve.points[curve.points.count - 1].parameter)): "
                + parts.joined(separator: ", ") + "."
        }.joined(separator: " ")
    }
}
