import ArgumentParser
import LabBase
import LabCitation

/// `forklab cite`: updates numbers in documents from the results that they link to.
struct CiteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cite",
        abstract:
            "Bring the numbers and tables of Markdown files up to date with the results that they cite.",
        discussion: """
            A citation is a link to the summary.md of a result directory whose title names a cell and a metric, as \
            "expect:" in scenarios does. A table goes between two marker comments. docs/report.md \
            has the rules.

              [404 us](../results/first-fork/summary.md "mode=1,file_system=tmpfs.fork_stall")
              <!-- forklab: results ../results/first-fork metrics=fork_stall,memory_cost -->
              <!-- forklab: end -->

            EXAMPLE
              forklab cite README.md docs/*.md
              forklab cite --check README.md docs/*.md

            EXIT STATUS
              0  everything is up to date, or was brought up to date
              1  with --check: something differs from the results
              2  bad input: nothing was changed
            """)

    @Argument(help: ArgumentHelp("Markdown files.", valueName: "file"))
    var files: [String]

    @Flag(
        help:
            "Change nothing; report everything that differs from the results, and exit with 1 if anything does."
    )
    var check = false

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() throws {
        let results = CitedResults()
        // All are read before any is written: an error changes nothing.
        let documents = try files.map { file in
            let document = try CitedDocument(reading: file, isToBeWritten: !check)
            return (file: file, document: document, update: try document.update(from: results))
        }
        if !check {
            for (_, document, update) in documents where !update.changes.isEmpty {
                try document.write(update)
            }
        }
        let report = CitationReport(documents: documents.map { .init(file: $0.file, $0.update) })
        if json {
            print(try JSONLine.encode(report))
        } else {
            for entry in report.documents {
                for change in entry.changes where check { StandardError.line("\(change)") }
                print(entry)
            }
        }
        if check && !report.isUpToDate { throw ExitStatus.failed }
    }
}
