import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import LabStatistics
import WorkloadSchema

/// How long the caller of fork waits, against the size of the heap: only if pool sizes, or the shares of
/// them in use, differ.
enum StallAgainstHeap {
    /// The keys that determine the size of the heap.
    static let sizeKeys: Set<String> = [WorkloadParameter.poolSize.name, "share_in_use"]

    private struct Point {
        let heap: Double
        let stall: SampleSummary
    }

    static func plot(_ results: ResultSet) -> Plot? {
        let keys = Set(CellLabels(results.summary.cells.map(\.cell)).varyingKeys)
        guard !keys.isDisjoint(with: sizeKeys) else { return nil }
        let labels = CellLabels(results.summary.cells.map { withoutSize($0.cell) })
        var curves: [(cell: Cell, points: [Point])] = []
        for summary in results.summary.cells {
            guard let heap = liveBytes(of: summary.cell, results),
                let stall = summary.metrics[Metric.phase(.forkStall).name]
            else { continue }
            let cell = withoutSize(summary.cell)
            let point = Point(heap: heap, stall: stall)
            if let index = curves.firstIndex(where: { $0.cell == cell }) {
                curves[index].points.append(point)
            } else {
                curves.append((cell, [point]))
            }
        }
        curves = curves.map { ($0.cell, $0.points.sorted { $0.heap < $1.heap }) }
        guard curves.contains(where: { $0.points.count > 1 }) else { return nil }
        return plot(curves, labels: labels)
    }

    private static func plot(_ curves: [(cell: Cell, points: [Point])], labels: CellLabels) -> Plot {
        let blocks = curves.map { cell, points in
            GnuplotText.block(
                labels.label(cell), ["bytes_live", "median_ns", "lower_quartile_ns", "upper_quartile_ns"],
                points.map { point in
                    [point.heap, point.stall.median, point.stall.lowerQuartile, point.stall.upperQuartile]
                        .map(GnuplotText.number)
                })
        }
        let looks = Curves(curves.map(\.cell), label: labels.label)
        let lines = curves.enumerated().flatMap { index, curve in
            let heap = "data_file index \(index) using ($1/2**20):($2/1e6)"
            return [
                "\(heap) with linespoints \(looks.look(curve.cell)) \(looks.title(curve.cell))",
                "\(heap):($3/1e6):($4/1e6) with yerrorbars linetype \(PlotStyle.lineType(curve.cell)) notitle",
            ]
        }
        let sentences = curves.compactMap { cell, points -> String? in
            guard let first = points.first, let last = points.last else { return nil }
            return "\(labels.label(cell)): \(Quantity.nanoseconds(first.stall.median)) with "
                + "\(Quantity.bytes(first.heap)) to \(Quantity.nanoseconds(last.stall.median)) with "
                + "\(Quantity.bytes(last.heap))."
        }
        return Plot(
            name: "stall-against-heap", title: "Stall of the first fork against live bytes in the heap",
            caption:
                "Medians of fork_stall with quartiles, both axes logarithmic. A level line means that the cost of a fork "
                + "does not depend on the heap.",
            description: "fork_stall against live bytes. " + sentences.joined(separator: " "),
            data: GnuplotText.file(blocks),
            commands: """
                \(looks.legend)
                set logscale xy
                set format x '%g'
                set format y '%g'
                set xlabel 'live bytes (MiB)'
                set ylabel 'fork_stall (ms)'
                \(GnuplotText.plot(lines))

                """,
            size: (760, 360 + looks.legendHeight))
    }

    private static func withoutSize(_ cell: Cell) -> Cell {
        Cell(cell.keys.filter { !sizeKeys.contains($0.key) })
    }

    private static func liveBytes(of cell: Cell, _ results: ResultSet) -> Double? {
        let values = results.counted(cell).compactMap { $0.report.map { Double($0.liveBytes) } }
        return Quantile.median(of: values.filter { $0 > 0 })
    }
}
