import LabAnalysis
import LabBase
import LabScenario
import LabStatistics
import WorkloadSchema

/// How long the caller of fork waits at the first fork, the second, and so on: only if there were several, one after the other.
enum StallAgainstForkNumber {
    private static let mostCurves = 24

    static func plot(_ results: ResultSet) -> Plot? {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        let curves = results.summary.cells.map { (cell: $0.cell, stalls: stalls(results.counted($0.cell))) }
            .filter { $0.stalls.count > 2 }
        guard !curves.isEmpty, curves.count <= mostCurves else { return nil }
        let looks = Curves(curves.map(\.cell), label: labels.label)
        let lines = curves.enumerated().map { index, curve in
            "data_file index \(index) using 1:($2/1e6) with linespoints \(looks.look(curve.cell)) "
                + looks.title(curve.cell)
        }
        let sentences = curves.map { cell, stalls in
            "\(labels.label(cell)): \(Quantity.nanoseconds(stalls[0])) at the first, "
                + "\(Quantity.nanoseconds(stalls[stalls.count - 1])) at fork \(stalls.count)."
        }
        return Plot(
            name: "stall-against-fork-number", title: "Stall of the first fork, the second, and so on",
            caption: "Medians of all trials. The stall is logarithmic.",
            description: "fork_stall against the number of the fork. " + sentences.joined(separator: " "),
            data: GnuplotText.file(
                curves.map { cell, stalls in
                    GnuplotText.block(
                        labels.label(cell), ["fork", "median_ns"],
                        stalls.enumerated().map { ["\($0 + 1)", GnuplotText.number($1)] })
                }),
            commands: """
                \(looks.legend)
                set logscale y
                set format y '%g'
                set xlabel 'fork'
                set ylabel 'fork_stall (ms)'
                \(GnuplotText.plot(lines))

                """,
            size: (760, 360 + looks.legendHeight))
    }

    /// The median stall of each fork of the first process, in order.
    private static func stalls(_ samples: [Sample]) -> [Double] {
        var byFork: [Int: [Double]] = [:]
        for timing in samples.flatMap({ $0.report?.timings ?? [] })
        where timing.phase == .forkStall && timing.depth == 1 {
            byFork[timing.fork, default: []].append(Double(timing.nanoseconds))
        }
        return byFork.sorted { $0.key < $1.key }.compactMap { Quantile.median(of: $0.value) }
    }
}
