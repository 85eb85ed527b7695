import LabAnalysis
import LabBase
import LabMetrics
import LabScenario
import WorkloadSchema

/// The first writes and reads of parent and child after a fork, side by side: they show where a saved stall is paid for.
enum PassesAfterFork {
    private static let passes: [Phase] = [
        .forkStall, .parentFirstWrite, .parentFirstRead, .childFirstWrite, .childFirstRead,
    ]
    private static let mostCells = 12

    static func plots(_ results: ResultSet) -> [Plot] {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        let cells = results.summary.cells.filter { cell in
            passes.allSatisfy { cell.median(.phase($0)) != nil }
        }
        return FileSystemPanels.of(cells, cell: \.cell).compactMap { place, shown in
            shown.count > mostCells
                ? nil : plot(shown, place: FileSystemPanels.title(place), labels: labels)
        }
    }

    private static func plot(_ cells: [CellSummary], place: String, labels: CellLabels) -> Plot {
        let looks = Curves(cells.map(\.cell), label: labels.shortLabel)
        // Bars of one pass are side by side, even for several cells of the same contender.
        let width = 0.8 / Double(cells.count)
        let bars = cells.enumerated().map { index, cell in
            let offset = (Double(index) - Double(cells.count - 1) / 2) * width
            return "data_file index \(index) using ($1+\(GnuplotText.number(offset))):($3/1e6):"
                + "(\(GnuplotText.number(width * 0.9))):xtic(2) with boxes fillstyle solid \(index % 2 == 0 ? 0.85 : 0.55) "
                + "linetype \(PlotStyle.lineType(cell.cell)) \(looks.title(cell.cell))"
        }
        let sentences = cells.map { cell in
            "\(labels.shortLabel(cell.cell)): "
                + passes.compactMap { pass in
                    cell.median(.phase(pass)).map { "\(pass.rawValue) \(Quantity.nanoseconds($0))" }
                }.joined(separator: ", ") + "."
        }
        return Plot(
            name: Plot.fileName("passes", place), title: "The fork and the passes after it: \(place)",
            caption:
                "Medians, logarithmic: the stall of the fork, then the first writes and reads of parent and child.",
            description: sentences.joined(separator: " "),
            data: GnuplotText.file(
                cells.map { cell in
                    GnuplotText.block(
                        labels.label(cell.cell), ["number", "pass", "median_ns"],
                        passes.enumerated().map { index, pass in
                            [
                                "\(index)", GnuplotText.column(pass.rawValue.replacing("_", with: " ")),
                                GnuplotText.number(cell.median(.phase(pass)) ?? 0),
                            ]
                        })
                }),
            commands: """
                \(looks.legend)
                set logscale y
                set format y '%g'
                set ylabel 'ms'
                set xrange [-0.6:\(passes.count - 1).6]
                \(GnuplotText.plot(bars))

                """,
            size: (760, 360 + looks.legendHeight))
    }
}
