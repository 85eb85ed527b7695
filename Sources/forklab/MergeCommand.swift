import ArgumentParser
import LabBase
import LabReport
import LabRun

/// `forklab merge`: puts the shards of several hosts together.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merge result directories that are parts of one run.",
        discussion: """
            They must be of the same scenario and the same build of the library, and no trial may occur \
            twice. The machine of each part is kept.

            EXAMPLE
              forklab run FILE --shard 1/2 --output part-1    # on one host
              forklab run FILE --shard 2/2 --output part-2    # on another
              forklab merge all part-1 part-2
            """)

    @Argument(help: ArgumentHelp("Directory for the merged results.", valueName: "out"))
    var output: String

    @Argument(help: ArgumentHelp("The directories to merge.", valueName: "dir"))
    var directories: [String]

    @Flag(help: "Merge even if trials are missing, and say how many.")
    var partial = false

    @Flag(help: "Print the summary as one JSON object instead of the table.")
    var json = false

    func run() throws {
        let merge = try Merge(directories, output: output, allowGaps: partial)
        for difference in merge.differences { StandardError.line(difference) }
        if merge.gaps > 0 { StandardError.line("\(merge.gaps) trials are missing") }
        try SummaryOutput.show(try merge.perform { try $0.writeSummary() }, directory: output, json: json)
    }
}
