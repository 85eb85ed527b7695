import LabAnalysis
import LabScenario
import LabStatistics
import Measurement
import WorkloadSchema

/// The RAM and file system space that the first fork takes, from boundary to boundary.
enum UsageOverPhases {
    private struct Curve {
        let cell: Cell
        /// Growth since before the fork, bytes, at each boundary that was reached.
        let memory: [Boundary: Double]
        let space: [Boundary: Double]
    }

    static func plots(_ results: ResultSet) -> [Plot] {
        let labels = CellLabels(results.summary.cells.map(\.cell))
        let curves = results.summary.cells.map { curve($0.cell, results) }.filter { !$0.memory.isEmpty }
        return FileSystemPanels.of(curves, cell: \.cell).map { place, curves in
            plot(curves, place: FileSystemPanels.title(place), labels: labels)
        }
    }

    private static func plot(_ curves: [Curve], place: String, labels: CellLabels) -> Plot {
        let boundaries = Boundary.allCases.filter { boundary in curves.contains { $0.memory[boundary] != nil }
        }
        let blocks = curves.map { curve in
            GnuplotText.block(
                labels.label(curve.cell), ["number", "boundary", "memory_bytes", "space_bytes"],
                boundaries.enumerated().flatMap { index, boundary in
                    let row =
                        ["\(index)", GnuplotText.column(boundary.words)]
                        + [curve.memory[boundary], curve.space[boundary]].map {
                            $0.map(GnuplotText.number) ?? "NaN"
                        }
                    // The peak does not follow a boundary: an empty line ends the curve before it.
                    return boundary == .peak && index > 0 ? [[], row] : [row]
                })
        }
        let looks = Curves(curves.map(\.cell), label: labels.shortLabel)
        func lines(_ column: Int, _ has: (Curve) -> Bool) -> String {
            GnuplotText.plot(
                curves.enumerated().filter { has($0.element) }.map { index, curve in
                    "data_file index \(index) using 1:($\(column)/2**20):xtic(2) with linespoints "
                        + "\(looks.look(curve.cell)) \(looks.title(curve.cell))"
                })
        }
        let panels = MemoryAndSpacePanels(
            looks: looks, bottom: 0.26, memory: lines(3) { _ in true },
            space: lines(4) { !$0.space.isEmpty })
        let sentences = curves.map { curve in
            "\(labels.shortLabel(curve.cell)): at its peak "
                + MemoryAndSpacePanels.words(
                    memory: curve.memory.values.max() ?? 0, space: curve.space.values.max())
        }
        return Plot(
            name: Plot.fileName("usage", place), title: "Memory and space over the phases: \(place)",
            caption:
                "Medians of the growth since before the first fork. Memory is anonymous memory and page tables "
                + "of parent and child, shared pages by their share (Pss); space is what the file system lost. The peak "
                + "is the highest of all samples, at boundaries and in between.",
            description: "Growth since before the fork. " + sentences.joined(separator: " "),
            data: GnuplotText.file(blocks),
            commands: """
                set xtics rotate by 35 right
                set xrange [-0.2:\(max(1, boundaries.count - 1)).2]
                \(panels.commands)
                """,
            size: panels.size)
    }

    private static func curve(_ cell: Cell, _ results: ResultSet) -> Curve {
        var memory: [Boundary: [Double]] = [:]
        var space: [Boundary: [Double]] = [:]
        for sample in results.counted(cell) {
            let usages = (sample.report?.usages ?? []).filter { $0.fork == 1 && $0.depth == 1 }
            guard let before = usages.first(where: { $0.boundary == .beforeFork }) else { continue }
            for (boundary, there) in Dictionary(grouping: usages, by: \.boundary) {
                // Memory and space each have their own peak, which may be at a boundary.
                let usages = boundary == .peak ? usages : there
                if let cost = usages.map(\.anonymousCost).max() {
                    memory[boundary, default: []].append(Double(cost - before.anonymousCost))
                }
                if let now = usages.compactMap(\.fileSystem?.used).max(), let then = before.fileSystem?.used {
                    space[boundary, default: []].append(Double(now - then))
                }
            }
        }
        return Curve(
            cell: cell, memory: memory.compactMapValues { Quantile.median(of: $0) },
            space: space.compactMapValues { Quantile.median(of: $0) })
    }
}

extension Boundary {
    /// "before fork".
    fileprivate var words: String { rawValue.replacing("_", with: " ") }
}
