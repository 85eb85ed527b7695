import ArgumentParser
import ForkLab
import Glibc
import Measurement

/// `forklab run`: one scenario, all of it.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a scenario and show what it found.",
        discussion: """
            Each sample is appended to samples.jsonl as it arrives; environment.json and summary.md lie beside \
            it. Ctrl-C leaves valid results. File systems that are missing are named with the reason.
            """)

    @Argument(help: "Scenario file (default: Scenarios/quickstart.yaml).")
    var scenario: String?

    @Option(help: "Directory for the results (default: results/local/NAME-TIME).")
    var output: String?

    @Option(help: "Measured trials of each cell, instead of the scenario's.")
    var trials: Int?

    @Option(help: "libvmmalloc to measure (default: the one beside forklab).")
    var library: String?

    @Flag(help: "Print the summary as one JSON object instead of the table.")
    var json = false

    func run() throws {
        var scenario = try Scenario.load(path: try scenario ?? ScenarioFolder.locate() + "/quickstart.yaml")
        if let trials { scenario = try scenario.with(trials: trials) }
        let executables = try Executables.locate(library: library)
        // Both must come before the first thread.
        let interruption = try Interruption()
        let fixtures = LoopFixtures(imageDirectory: RealPath.resolve(".") ?? ".")
        let selection = FileSystemSelection(scenario.fileSystems, fixtures: fixtures)
        let directory = output ?? "results/local/\(scenario.name)-\(Self.timeStamp())"
        let run = try Run(scenario, executables: executables, selection: selection, output: directory)
        for skipped in run.skipped { StandardError.line(skipped.description) }
        let summary = try run.perform(interruption: interruption)

        print(json ? try JSONLine.encode(summary) : SummaryDocument(summary).text)
        fflush(nil)
        StandardError.line("results in \(directory)")
        if summary.interrupted { throw ExitCode(130) }
        if !summary.passed { throw ExitCode(1) }
    }

    /// "20260131-235959", local time.
    private static func timeStamp() -> String {
        var now = time(nil)
        var fields = tm()
        localtime_r(&now, &fields)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y%m%d-%H%M%S", &fields)
        return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
