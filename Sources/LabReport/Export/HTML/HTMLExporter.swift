import LabBase
import Mustache

/// Exports one self-contained HTML file: no network, no script.
package struct HTMLExporter: Exporter {
    /// Tells the user in one line that plots are missing.
    private let warn: @Sendable (String) -> Void
    private let findGnuplot: @Sendable () throws(Gnuplot.Missing) -> Gnuplot

    /// An exporter that reports through `warn` what it had to leave out.
    package init(warn: @escaping @Sendable (String) -> Void = StandardError.line) {
        self.init(warn: warn) { () throws(Gnuplot.Missing) in try Gnuplot() }
    }

    init(
        warn: @escaping @Sendable (String) -> Void,
        findGnuplot: @escaping @Sendable () throws(Gnuplot.Missing) -> Gnuplot
    ) {
        self.warn = warn
        self.findGnuplot = findGnuplot
    }

    /// The contents of the file. Throws `SystemCallError` if gnuplot cannot be run, or the parser's error for an
    /// invalid template.
    package func text(of results: ResultSet) throws -> String {
        let (figures, notice) = try figures(of: results)
        if let notice { warn("forklab: the report lacks plots: \(notice)") }
        let page = ReportPageBuilder(results).page(
            style: Self.resource(PackageResources.report_css), figures: figures, plotNotice: notice)
        // Every field is escaped except those in triple braces: the style sheet and gnuplot's SVG.
        let template = try MustacheTemplate(string: Self.resource(PackageResources.report_mustache))
        return template.render(page)
    }

    private static func resource(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func figures(of results: ResultSet) throws -> ([ReportPage.Figure], notice: String?) {
        let plots = Plot.all(of: results)
        let (documents, notice) = try draw(plots)
        let figures = plots.map { plot in
            ReportPage.Figure(
                name: plot.name, title: plot.title,
                svg: documents[plot.name].flatMap {
                    InlineSVG.element($0, name: plot.name, title: plot.title, description: plot.description)
                },
                caption: plot.caption, description: plot.description, data: plot.data)
        }
        return (figures, notice)
    }

    /// The SVG documents, by the names of their plots, and a note on why some are missing.
    private func draw(_ plots: [Plot]) throws -> (documents: [String: String], notice: String?) {
        guard !plots.isEmpty else { return ([:], nil) }
        do {
            let drawn = try findGnuplot().draw(plots)
            let failure = drawn.failures.min { $0.key < $1.key }
            return (drawn.documents, failure.map { "gnuplot on \($0.key): \($0.value)" })
        } catch let missing as Gnuplot.Missing {
            return ([:], missing.reason)
        }
    }
}
