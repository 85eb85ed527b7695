import LabScenario

/// The curves of a plot, one per cell: colours show the mode or reference, dashes distinguish curves of the same colour.
struct Curves {
    /// How many characters of the legend fit side by side, and how many pixels one of its lines takes.
    private static let legendWidth = 84
    private static let legendLine = 18
    private static let dashes = 5

    private let cells: [Cell]
    private let names: [String]

    /// Curves for `cells`, named by `label`.
    init(_ cells: [Cell], label: (Cell) -> String) {
        self.cells = cells
        names = cells.map(label)
    }

    /// The part of "plot ... with lines" that sets the looks of a curve.
    func look(_ cell: Cell) -> String {
        let alike = cells.filter { $0.contender == cell.contender }
        let dash = (alike.firstIndex(of: cell) ?? 0) % Self.dashes + 1
        return "linetype \(PlotStyle.lineType(cell)) dashtype \(dash)"
    }

    /// The part of "plot" that gives the curve its title in the legend.
    func title(_ cell: Cell) -> String {
        let name = zip(cells, names).first { $0.0 == cell }?.1 ?? cell.description
        return "title \(GnuplotText.quoted(name))"
    }

    private var legendRows: Int {
        let longest = names.map(\.count).max() ?? 0
        let columns = max(1, Self.legendWidth / (longest + 6))
        return max(1, (names.count + columns - 1) / columns)
    }

    /// Pixels that the legend takes at the top.
    var legendHeight: Int { legendRows * Self.legendLine + 10 }

    /// Commands that put the legend above the axes of a plot.
    var legend: String { "set key outside center top vertical maxrows \(legendRows)" }

    /// Commands that put the legend above all panels of a plot that is `height` pixels high.
    func sharedLegend(height: Int) -> String {
        "set key at screen 0.5, screen \(1 - 4 / Double(height)) center top vertical maxrows \(legendRows)"
    }
}
