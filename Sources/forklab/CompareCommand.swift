import ArgumentParser
import CommandLineTool
import LabAnalysis
import LabBase
import LabReport
import LabRun

/// `forklab compare`: has anything got worse?
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the results of two runs of one scenario: has anything got worse?",
        discussion: """
            The medians are compared cell by cell: Mann-Whitney tests, corrected for their number, and 95 % \
            bootstrap intervals. Anything that held in BASE and is broken in NEW is a regression whatever the times say. \
            docs/methodology.md explains the verdicts.

            EXAMPLES
              forklab compare results/main results/branch
              forklab compare results/main results/branch --markdown > comment.md
              forklab compare old new --metric fork_stall --minimum-effect 0.1

            EXIT STATUS
              0  no regression: everything that was judged is certainly not worse
              1  regression
              2  bad input
              3  inconclusive: nothing is shown to be worse, but something may be
            """)

    @Argument(help: "Directory of the results to compare with.")
    var base: String

    @Argument(help: "Directory of the results to judge.")
    var new: String

    @Option(
        help: "Metric to judge; may be given several times (default: those that users of a program feel).")
    var metric: [String] = []

    @Option(
        help: "Share that a difference must exceed to count, 0 to 1 (default: 0.05).",
        transform: NumberArgument.share)
    var minimumEffect: Double = 0.05

    @Flag(help: "Also show what is the same.")
    var all = false

    @Flag(help: "Print Markdown for a pull request.")
    var markdown = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if markdown && json { throw ValidationError("--markdown and --json exclude each other; give one") }
    }

    func run() throws {
        let comparison = try RunComparison(
            base: try ResultDirectory(reading: base), new: try ResultDirectory(reading: new), metrics: metric,
            minimumEffect: minimumEffect)
        let document = ComparisonDocument(comparison)
        print(
            json ? try JSONLine.encode(comparison) : markdown ? document.markdown : document.text(all: all),
            terminator: markdown ? "" : "\n")
        switch comparison.outcome {
        case .noRegression: break
        case .regression: throw ExitStatus.failed
        case .inconclusive: throw ExitStatus.inconclusive
        }
    }
}
