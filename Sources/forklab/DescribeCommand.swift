import ArgumentParser
import LabBase
import LabReport
import LabRun
import LabScenario

/// `forklab describe`: what a run would do here.
struct DescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show the plan of a scenario: cells, time, and what is skipped here. Runs nothing.",
        discussion: """
            The time is what the trials of the newest run of the same scenario in results/local took on \
            average. Without such a run only the longest possible time is known, from the timeout of a trial.
            As root it makes small file systems in images and removes them again, as "forklab list" does.
            """)

    @Argument(help: "Scenario file, or the name of one that \"forklab list\" shows.")
    var scenario: String

    @OptionGroup var plan: PlanOptions

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() throws {
        let options = try plan.parse()
        let scenario = try Scenario.load(path: PackageFolder.scenario(scenario))
        let description = try PlanDescription(
            scenario, options: options,
            selection: FileSystemSelection(here: try options.fileSystems(of: scenario)),
            earlier: EarlierRun.newest(of: scenario, in: RunDirectories.folder))
        print(json ? try JSONLine.encode(description) : description.text)
    }
}
