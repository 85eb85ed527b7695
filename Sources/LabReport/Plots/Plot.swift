/// A picture of some results: the numbers, and the gnuplot commands that draw them.
struct Plot {
    /// The name of its files: letters, digits and hyphens.
    let name: String
    /// The title, a few words.
    let title: String
    /// How to read it, and what it leaves out.
    let caption: String
    /// A description for readers who cannot see it.
    let description: String
    /// The text of NAME.dat: blocks of tab-separated columns.
    let data: String
    /// The commands of NAME.gp that follow the loading of style.gnuplot; data_file is the name of the data file.
    let commands: String
    /// The size in pixels; a width of 760 fits the report.
    var size = (width: 760, height: 420)

    /// A file name made of `parts`.
    static func fileName(_ parts: String...) -> String {
        parts.map { part in
            part.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "-").lowercased()
        }.joined(separator: "-")
    }

    /// Every plot for which the results have numbers, in the order of the report.
    static func all(of results: ResultSet) -> [Plot] {
        let single = [
            StallAgainstHeap.plot(results), StallAgainstForkNumber.plot(results), StallSamples.plot(results),
            HeatMap.plot(results),
        ]
        return single.compactMap { $0 } + CostAgainstParameter.plots(results)
            + LatencyTimelinePlot.plots(results) + QuantileCurves.plots(results)
            + PassesAfterFork.plots(results) + UsageOverTime.plots(results)
            + UsageOverPhases.plots(results)
    }
}
