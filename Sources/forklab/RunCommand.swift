import ArgumentParser
import LabBase
import LabProcess
import LabReport
import LabRun
import LabScenario

/// `forklab run`: runs one scenario from start to finish.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a scenario and show what it found.",
        discussion: """
            Each sample is appended to samples.jsonl as it arrives; environment.json and summary.md are written beside \
            it. Ctrl-C leaves valid results. File systems that are missing are named with the reason.
            """)

    @Argument(help: "Scenario file, or the name of one that \"forklab list\" shows (default: quickstart).")
    var scenario: String?

    @Option(
        help: "Directory for the results, which must not have any yet (default: results/local/NAME-TIME).")
    var output: String?

    @OptionGroup var plan: PlanOptions

    @Option(help: "Resume the run in this directory: make the missing trials.")
    var resume: String?

    @OptionGroup var library: LibraryOption

    @Flag(help: "Print the summary as one JSON object instead of the table.")
    var json = false

    func validate() throws {
        if resume != nil && output != nil {
            throw ValidationError("--output: the results of --resume go to its own directory; leave it out")
        }
    }

    func run() throws {
        let options = try plan.parse()
        // Before the first thread.
        let interruption = try Interruption()
        let run = try resume.map { try goOn(in: $0, options) } ?? begin(options)
        for skipped in run.skipped { StandardError.line(skipped.description) }
        let summary = try run.perform(interruption: interruption) { try $0.writeSummary() }
        try SummaryOutput.show(summary, directory: run.output, json: json)
    }

    private func begin(_ options: RunOptions) throws -> Run {
        let scenario = try Scenario.load(
            path: try scenario.map(PackageFolder.scenario) ?? PackageFolder.scenarios() + "/quickstart.yaml")
        return try Run(
            scenario, options: options, executables: try library.executables(),
            selection: FileSystemSelection(here: try options.fileSystems(of: scenario)),
            output: output ?? RunDirectories.new(for: scenario, options.shard))
    }

    private func goOn(in directory: String, _ options: RunOptions) throws -> Run {
        let resumption = try Resumption(
            directory: directory, scenarioPath: scenario.map(PackageFolder.scenario), options: options)
        return try Run(
            resumption, executables: try library.executables(),
            selection: FileSystemSelection(here: resumption.fileSystems))
    }
}
