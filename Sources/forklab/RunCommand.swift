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

    @Option(help: "Only the cells with these values: key=value or key=value,value. May be repeated.")
    var filter: [String] = []

    @Option(help: "Stop before a pass over all cells that would end later than this: 90s, 10m, 2h.")
    var timeBudget: String?

    @Option(help: "Only part i of n of the trials, as i/n; \"forklab merge\" puts the parts together.")
    var shard: String?

    @Option(help: "Go on with the run in this directory: make the trials that are missing.")
    var resume: String?

    @Option(help: "libvmmalloc to measure (default: the one beside forklab).")
    var library: String?

    @Flag(help: "Print the summary as one JSON object instead of the table.")
    var json = false

    func validate() throws {
        if resume != nil && output != nil {
            throw ValidationError("--output: the results of --resume go to its own directory; leave it out")
        }
    }

    func run() throws {
        let options = try RunOptions(
            trials: trials, filters: filter, shard: shard, timeBudget: timeBudget)
        // Before the first thread.
        let interruption = try Interruption()
        let run = try resume.map { try goOn(in: $0, options) } ?? begin(options)
        for skipped in run.skipped { StandardError.line(skipped.description) }

        let summary = try run.perform(interruption: interruption)

        print(json ? try JSONLine.encode(summary) : SummaryDocument(summary).text)
        fflush(nil)
        StandardError.line("results in \(run.output)")
        if summary.end == .interrupted { throw ExitStatus.interrupted }
        if !summary.passed { throw ExitStatus.failed }
    }

    private func begin(_ options: RunOptions) throws -> Run {
        let scenario = try Scenario.load(path: try scenario ?? ScenarioFolder.locate() + "/quickstart.yaml")
        let part = options.shard == .whole ? "" : "-\(options.shard.index)of\(options.shard.count)"
        return try Run(
            scenario, options: options, executables: try Executables.locate(library: library),
            selection: select(try options.fileSystems(of: scenario)),
            output: output ?? "results/local/\(scenario.name)-\(Self.timeStamp())\(part)")
    }

    private func goOn(in directory: String, _ options: RunOptions) throws -> Run {
        let resumption = try Resumption(directory: directory, scenarioPath: scenario, options: options)
        return try Run(
            resumption, executables: try Executables.locate(library: library),
            selection: select(resumption.fileSystems))
    }

    private func select(_ names: [FileSystemName]) -> FileSystemSelection {
        FileSystemSelection(names, fixtures: LoopFixtures(imageDirectory: RealPath.resolve(".") ?? "."))
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
