import LabAnalysis
import LabBase
import LabScenario
import Measurement

/// The longest latency in each slot of time around the first fork.
enum LatencyTimelinePlot {
    static func plots(_ results: ResultSet) -> [Plot] {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        return ProbePanel.all(of: results).map { plot($0, labels: labels) }
    }

    private static func plot(_ panel: ProbePanel, labels: CellLabels) -> Plot {
        let curves = panel.cells.compactMap { cell, profiles in
            median(of: profiles).map { (cell: cell, profile: $0) }
        }
        let blocks = curves.map { cell, profile in
            GnuplotText.block(
                labels.label(cell), ["ms_from_fork", "requests", "median_ns", "longest_ns"],
                rows(profile.timeline))
        }
        let looks = Curves(curves.map(\.cell), label: labels.shortLabel)
        let lines = curves.enumerated().map { index, curve in
            "data_file index \(index) using 1:($4 > 0 ? $4/1e6 : NaN) with lines \(looks.look(curve.cell)) "
                + looks.title(curve.cell)
        }
        let sentences = curves.map { cell, profile in
            "\(labels.shortLabel(cell)): \(Quantity.nanoseconds(Double(profile.timeline.maxima.max() ?? 0))) at most, "
                + "fork took \(Quantity.nanoseconds(Double(profile.forkNanoseconds)))."
        }
        return Plot(
            name: Plot.fileName("timeline", panel.title),
            title: "Latency around the first fork: \(panel.title)",
            caption:
                "The longest latency of the requests due in each slot, counted from when they were due; of each "
                + "cell the trial whose fork took the median time. The fork is called at 0.",
            description: "Longest latency over time. " + sentences.joined(separator: " "),
            data: GnuplotText.file(blocks),
            commands: """
                \(looks.legend)
                set logscale y
                set format y '%g'
                set xlabel 'time from the call of fork (ms)'
                set ylabel 'longest latency (ms)'
                set arrow from 0, graph 0 to 0, graph 1 nohead linecolor rgb '\(PlotStyle.hexadecimal("ink"))' \
                dashtype 2
                \(GnuplotText.plot(lines))

                """,
            size: (760, 360 + looks.legendHeight))
    }

    private static func rows(_ timeline: LatencyTimeline) -> [[String]] {
        timeline.counts.indices.map { slot in
            let time = Double(timeline.start) + Double(slot) * Double(timeline.slot)
            return [
                GnuplotText.number(time / 1e6), "\(timeline.counts[slot])", "\(timeline.medians[slot])",
                "\(timeline.maxima[slot])",
            ]
        }
    }

    /// The profile of the trial whose fork took the median time.
    private static func median(of profiles: [LatencyProfile]) -> LatencyProfile? {
        let sorted = profiles.sorted { $0.forkNanoseconds < $1.forkNanoseconds }
        return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }
}
