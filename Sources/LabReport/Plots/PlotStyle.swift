import LabScenario

/// The style of all plots: style.gnuplot. The colours are those of Okabe and Ito ("Color Universal Design", 2008), which
/// colour-blind readers can tell apart; points differ as well.
enum PlotStyle {
    /// Colours that the report replaces with variables of its style sheet, for light and dark.
    static let colours: [(name: String, rgb: (Int, Int, Int))] = [
        ("mode-0", (120, 120, 120)), ("mode-1", (0, 114, 178)), ("mode-2", (213, 94, 0)),
        ("mode-3", (0, 158, 115)), ("glibc", (204, 121, 167)), ("jemalloc", (166, 118, 29)),
        ("ink", (34, 34, 34)), ("grid", (190, 190, 190)),
    ]

    /// gnuplot's point types that go with the line types.
    private static let points = [4, 7, 5, 9, 11, 13]

    /// The number of the line type of a cell's contender; line types begin with 1.
    static func lineType(_ cell: Cell) -> Int {
        switch cell.contender {
        case .mode(let mode): mode.rawValue + 1
        case .reference(.glibc): 5
        case .reference(.jemalloc): 6
        case nil: 1
        }
    }

    /// The colour called `name` in the form "#0072b2".
    static func hexadecimal(_ name: String) -> String {
        let (red, green, blue) = colours.first { $0.name == name }?.rgb ?? (0, 0, 0)
        return "#"
            + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The text of style.gnuplot.
    static var text: String {
        let ink = hexadecimal("ink")
        let lineTypes = points.enumerated().map { index, point in
            "set linetype \(index + 1) linecolor rgb '\(hexadecimal(colours[index].name))' linewidth 1.6 "
                + "pointtype \(point) pointsize 0.7"
        }
        return """
            # Loaded by every plot: what is changed here changes them all. For a PDF set another terminal, such as
            #   set terminal pdfcairo size 5in,3in noenhanced font 'Times,10'
            #   set output plot_name.'.pdf'
            reset
            set encoding utf8
            set terminal svg size plot_width,plot_height dynamic noenhanced font 'sans-serif,13'
            set output plot_name.'.svg'
            set border 3 linecolor rgb '\(ink)'
            set tics nomirror out textcolor rgb '\(ink)'
            set grid linecolor rgb '\(hexadecimal("grid"))' linewidth 0.5
            set key outside center top vertical reverse Left samplen 2.5 textcolor rgb '\(ink)'
            set datafile separator tab
            \(lineTypes.joined(separator: "\n"))

            """
    }
}
