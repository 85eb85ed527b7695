import ArgumentParser
import LabBase
import LabReport

/// `forklab report`: presents a result directory for others to read.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a report of a result directory: HTML, Markdown, CSV, or gnuplot scripts.",
        discussion: """
            The HTML file is self-contained: it loads nothing and runs nothing. Its plots are drawn by gnuplot \
            (package gnuplot-nox); without it the report is written all the same, with the numbers in their \
            place. FILE may be "-" for standard output. If only other formats are asked for, no HTML is written.

            EXAMPLE
              forklab report results/local/quickstart-20260131-235959
              forklab report DIR --markdown - --csv medians.csv
              forklab report DIR --gnuplot plots && cd plots && gnuplot *.gp
            """)

    @Argument(help: "The directory that \"forklab run\" wrote.")
    var directory: String

    @Option(help: ArgumentHelp("HTML file (default: DIRECTORY/report.html).", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Markdown file: tables and verdicts.", valueName: "file"))
    var markdown: String?

    @Option(help: ArgumentHelp("CSV file: a row for each metric of each cell.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("CSV file: a row for each metric of each trial.", valueName: "file"))
    var samplesCSV: String?

    @Option(help: ArgumentHelp("Directory for gnuplot scripts with their data.", valueName: "directory"))
    var gnuplot: String?

    @Flag(help: "Print the summary as one JSON object.")
    var json = false

    func run() throws {
        let results = try ResultSet(directory: directory)
        let others: [(option: String, exporter: any Exporter, path: String?)] = [
            ("--markdown", MarkdownExporter(), markdown), ("--csv", CSVExporter(), csv),
            ("--samples-csv", SamplesCSVExporter(), samplesCSV), ("--json", JSONExporter(), json ? "-" : nil),
        ]
        for case (let option, let exporter, let path?) in others {
            try OutputOption.named(option) { try exporter.export(results, to: path) }
        }
        if let gnuplot {
            try OutputOption.named("--gnuplot", advice: "give a directory that can be made") {
                try GnuplotExporter().export(results, to: gnuplot)
            }
        }
        let onlyOthers = gnuplot != nil || others.contains { $0.path != nil }
        guard let path = output ?? (onlyOthers ? nil : "\(directory)/report.html") else { return }
        try OutputOption.named("--output") { try HTMLExporter().export(results, to: path) }
        if path != "-" { StandardError.line("report in \(path)") }
    }
}
