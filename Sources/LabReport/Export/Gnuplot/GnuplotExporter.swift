import LabBase
import LabRun

/// Exports the plots as gnuplot scripts with their data, so that they can be restyled for a paper: "gnuplot *.gp" in the
/// folder draws them all.
package struct GnuplotExporter {
    /// Creates the exporter.
    package init() {}

    /// Creates the directory `path`, and writes style.gnuplot, and NAME.gp with NAME.dat for each plot.
    ///
    /// Throws `SystemCallError`, or `InputError` if there is nothing to draw.
    package func export(_ results: ResultSet, to path: String) throws {
        let plots = Plot.all(of: results)
        guard !plots.isEmpty else {
            throw InputError(results.contents.path, "holds nothing that can be drawn: no fork was timed")
        }
        try write(plots, to: path)
    }

    func write(_ plots: [Plot], to path: String) throws(SystemCallError) {
        try OutputFile.makeDirectory(path)
        try OutputFile.write(PlotStyle.text, to: "\(path)/style.gnuplot")
        for plot in plots {
            try OutputFile.write(plot.data, to: "\(path)/\(plot.name).dat")
            try OutputFile.write(script(plot), to: "\(path)/\(plot.name).gp")
        }
    }

    private func script(_ plot: Plot) -> String {
        """
        plot_name = \(GnuplotText.quoted(plot.name))
        data_file = plot_name.'.dat'
        plot_width = \(plot.size.width)
        plot_height = \(plot.size.height)
        load 'style.gnuplot'

        \(plot.commands)
        """
    }
}
