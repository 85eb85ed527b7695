import LabAnalysis
import LabScenario
import WorkloadSchema

/// The machine's memory and the file system's space while children live: only if a probe sampled them.
enum UsageOverTime {
    private struct Curve {
        let cell: Cell
        let series: UsageSeries
    }

    static func plots(_ results: ResultSet) -> [Plot] {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        let curves = results.summary.cells.compactMap { summary in
            median(of: results.counted(summary.cell)).map { Curve(cell: summary.cell, series: $0) }
        }
        return FileSystemPanels.of(curves, cell: \.cell).map { place, curves in
            plot(curves, place: FileSystemPanels.title(place), labels: labels)
        }
    }

    private static func plot(_ curves: [Curve], place: String, labels: CellLabels) -> Plot {
        let blocks = curves.map { curve in
            GnuplotText.block(
                labels.label(curve.cell), ["ms_from_fork", "memory_bytes", "space_bytes"], rows(curve.series))
        }
        let looks = Curves(curves.map(\.cell), label: labels.shortLabel)
        func lines(_ column: Int, _ has: (Curve) -> Bool) -> String {
            GnuplotText.plot(
                curves.enumerated().filter { has($0.element) }.map { index, curve in
                    "data_file index \(index) using ($1/1e3):($\(column)/2**20) with lines "
                        + "\(looks.look(curve.cell)) \(looks.title(curve.cell))"
                })
        }
        let panels = MemoryAndSpacePanels(
            looks: looks, bottom: 0.13, memory: lines(2) { _ in true },
            space: lines(3) { !$0.series.space.isEmpty })
        let sentences = curves.map { curve in
            "\(labels.shortLabel(curve.cell)): "
                + MemoryAndSpacePanels.words(
                    memory: Double(curve.series.memory.max() ?? 0),
                    space: curve.series.space.max().map(Double.init))
        }
        return Plot(
            name: Plot.fileName("usage-over-time", place), title: "Memory and space over time: \(place)",
            caption:
                "Growth since just before the fork, at 0, of each cell in the trial of the median peak. Memory is that of the whole "
                + "machine: anonymous pages, shared memory (tmpfs too) and page tables.",
            description: "Growth at its highest. " + sentences.joined(separator: " "),
            data: GnuplotText.file(blocks),
            commands: """
                set xlabel 'time from the fork (s)'
                \(panels.commands)
                """,
            size: panels.size)
    }

    private static func rows(_ series: UsageSeries) -> [[String]] {
        series.times.indices.filter { series.times[$0] > -500_000_000 }.map { index in
            [
                GnuplotText.number(Double(series.times[index]) / 1e6), "\(series.memory[index])",
                series.space.isEmpty ? "NaN" : "\(series.space[index])",
            ]
        }
    }

    /// The series of the trial whose peak of memory is the median.
    private static func median(of samples: [Sample]) -> UsageSeries? {
        let sorted = samples.compactMap { $0.report?.usageSeries }
            .sorted { ($0.memory.max() ?? 0) < ($1.memory.max() ?? 0) }
        return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }
}
