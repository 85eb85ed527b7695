import LabScenario

/// The curves of a plot, a cell each: colours say which mode or reference, dashes tell those of one colour apart.
struct Curves {
    /// Characters of legend that fit beside each other, and pixels of one of its lines.
    private static let legendWidth = 84
    private static let legendLine = 18
    private static let dashes = 5

    private let cells: [Cell]
    private let names: [String]

    /// Curves for `cells`, called by `label`.
    init(_ cells: [Cell], label: (Cell) -> String) {
        self.cells = cells
        names = cells.map(label)
    }

    /// What of "plot ... with lines" sets the looks of a curve.
    func look(_ cell: Cell) -> String {
        let alike = cells.filter { $0.contender == cell.contender }
        let dash = (alike.firstIndex(of: cell) ?? 0) % Self.dashes + 1
        return "linetype \(PlotStyle.lineType(cell)) dashtype \(dash)"
    }

    /// What gives the curve its place in the legend.
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

    /// Commands that put it above all panels of a plot that is `height` pixels high.
    func sharedLegend(height: Int) -> String {
        "set key at screen 0.5, screen \(1 - 4 / Double(height)) center top vertical maxrows \(legendRows)"
    }
}
