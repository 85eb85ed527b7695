import Glibc
import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import Measurement

/// Latency against quantile, before, during and after the first fork: the tail is stretched by showing 1 / (1 - q).
enum QuantileCurves {
    private static let windows: [LatencyWindow] = [.before, .during, .after]
    /// Ten points for each decimal digit of the quantile.
    private static let steps = 10.0

    static func plots(_ results: ResultSet) -> [Plot] {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        // A thread is held up once or not at all, which its timeline shows.
        let threads = Metric.StalledThread.allCases.map(\.probe)
        return ProbePanel.all(of: results).filter { !threads.contains($0.probe) }
            .map { plot($0, labels: labels) }
    }

    private static func plot(_ panel: ProbePanel, labels: CellLabels) -> Plot {
        let looks = Curves(panel.cells.map(\.cell), label: labels.shortLabel)
        let height = 344 + looks.legendHeight
        var blocks: [String] = []
        var sentences: [String] = []
        var panels: [String] = []
        for window in windows {
            var lines: [String] = []
            for (cell, profiles) in panel.cells {
                let histogram = profiles.reduce(into: LatencyHistogram()) { $0.add($1[window]) }
                let rows = rows(histogram)
                guard !rows.isEmpty else { continue }
                let label = labels.shortLabel(cell)
                lines.append(
                    "data_file index \(blocks.count) using 2:($3/1e6) with lines \(looks.look(cell)) "
                        + looks.title(cell))
                blocks.append(
                    GnuplotText.block(
                        "\(window.rawValue): \(labels.label(cell))", ["quantile", "1/(1-q)", "latency_ns"],
                        rows))
                if let half = histogram.quantile(0.5), let high = histogram.quantile(0.99) {
                    sentences.append(
                        "\(window.rawValue), \(label): median \(Quantity.nanoseconds(Double(half))), "
                            + "0.99 quantile \(Quantity.nanoseconds(Double(high))).")
                }
            }
            guard !lines.isEmpty else { continue }
            // One legend is enough.
            let key = panels.isEmpty ? looks.sharedLegend(height: height) : "unset key"
            panels.append(
                "set title '\(window.rawValue)'\n\(key)\n\(GnuplotText.plot(lines))\nunset ylabel\n")
        }
        return Plot(
            name: Plot.fileName("quantiles", panel.title), title: "Quantiles of latency: \(panel.title)",
            caption:
                "All trials of a cell together, from when requests were due. \"During\" are the requests that the "
                + "fork can have held up. The horizontal axis is 1/(1-q): each step to the right is a tenfold rarer "
                + "request.",
            description: "Latency quantiles. " + sentences.joined(separator: " "),
            data: GnuplotText.file(blocks),
            commands: """
                set logscale xy
                set format y '%g'
                set xrange [1:]
                set xtics ('0' 1, '0.9' 10, '0.99' 100, '0.999' 1000, '0.9999' 10000, '0.99999' 100000)
                set yrange [\(range(panel))]
                set ylabel 'latency (ms)'
                set multiplot layout 1,\(panels.count) margins 0.11,0.96,0.14,\(1 - Double(looks.legendHeight + 44) / Double(height)) spacing 0.05
                \(panels.joined(separator: "\n"))
                unset multiplot

                """,
            size: (760, height))
    }

    /// The same vertical axis in all panels, milliseconds.
    private static func range(_ panel: ProbePanel) -> String {
        let all = panel.cells.flatMap(\.profiles).flatMap { profile in windows.map { profile[$0] } }
        let least = all.compactMap { $0.quantile(0) }.min() ?? 1
        let most = all.compactMap { $0.quantile(1) }.max() ?? 1
        return "\(Double(max(1, least)) / 1.2e6):\(Double(max(1, most)) * 1.2 / 1e6)"
    }

    private static func rows(_ histogram: LatencyHistogram) -> [[String]] {
        guard histogram.count > 0 else { return [] }
        var rows: [[String]] = []
        var inverse = 1.0
        let step = pow(10, 1 / Self.steps)
        while inverse <= Double(histogram.count) {
            let quantile = 1 - 1 / inverse
            if let latency = histogram.quantile(quantile) {
                rows.append([GnuplotText.number(quantile), GnuplotText.number(inverse), "\(latency)"])
            }
            inverse *= step
        }
        if let longest = histogram.quantile(1) {
            rows.append(["1", GnuplotText.number(Double(histogram.count)), "\(longest)"])
        }
        return rows
    }
}
