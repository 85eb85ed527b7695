import Glibc
import LabBase
import LabProcess
import LabScenario

/// Resumes a run that was killed, interrupted or out of time, or that is to get more trials.
package struct Resumption: Sendable {
    /// The existing results.
    let results: ResultDirectory
    /// The scenario, with the number of trials that it is to have.
    let scenario: Scenario
    let plan: Plan
    let request: EnvironmentManifest.Request
    let timeBudget: Duration?

    /// Reads the results in `directory`. If `scenarioPath`, or filters or a shard in `options`, are given, they must be
    /// those of the run.
    ///
    /// Throws an `InputError` that says what does not agree.
    package init(
        directory: String, scenarioPath: String?, options: RunOptions
    ) throws(InputError) {
        guard !ResultDirectory.holdsOnlyBeginning(directory) else {
            throw InputError(
                "--resume",
                "the run in \(directory) ended before its first trial; begin it again with --output \(directory)"
            )
        }
        let results = try ResultDirectory(reading: directory)
        let compressed = ResultDirectory.File.compressedSamples.path(in: directory)
        if access(compressed, F_OK) == 0 {
            throw InputError("--resume", "\(compressed) cannot be added to; unpack it with gunzip first")
        }
        if let scenarioPath, try Scenario.load(path: scenarioPath).source != results.scenario.source {
            throw InputError(
                scenarioPath,
                "is not the scenario that \(directory) was begun with; leave it out, or start a new run")
        }
        try self.init(results, options: options)
    }

    /// Resumes `results`, which a run of this process has just made. Throws an `InputError` that says what does not agree.
    package init(_ results: ResultDirectory, options: RunOptions) throws(InputError) {
        let directory = results.path
        self.results = results
        let last = results.manifests[results.manifests.count - 1].request
        guard results.manifests.allSatisfy({ $0.request.shard == last.shard }) else {
            throw InputError(
                "--resume", "\(directory) was merged from shards; resume those, then merge them again")
        }
        if !options.filters.isEmpty && options.filters != last.filters {
            throw InputError(
                "--filter", "the run in \(directory) was begun with \(Self.list(last.filters)); leave it out")
        }
        if options.shard != .whole && options.shard.description != last.shard {
            throw InputError(
                "--shard", "the run in \(directory) was begun with \(last.shard); leave it out")
        }
        let trials = options.trials ?? last.trials
        guard trials >= last.trials else {
            throw InputError(
                "--trials", "the run in \(directory) was begun with \(last.trials); give at least as many")
        }
        let shard = try Shard(last.shard)
        scenario = try results.scenario.with(trials: trials)
        plan = Plan(scenario, cells: last.cells, shard: shard)
        request = EnvironmentManifest.Request(
            scenario: last.scenario, seed: scenario.seed, trials: trials, warmUp: scenario.warmUp,
            filters: last.filters, shard: last.shard, cells: last.cells)
        timeBudget = options.timeBudget ?? scenario.timeBudget
    }

    /// The file systems that the run needs.
    package var fileSystems: [FileSystemName] {
        scenario.fileSystems.filter { name in request.cells.contains { $0["file_system"] == name.text } }
    }

    /// Throws an `InputError` unless the same library is measured on the same file systems against the same
    /// references.
    func check(executables: Executables, selection: FileSystemSelection) throws(InputError) {
        let last = results.manifests[results.manifests.count - 1]
        let buildId = BuildID.read(path: executables.library)
        guard buildId == last.libraryBuildId else {
            throw InputError(
                "--resume",
                "\(executables.library) (build id \(buildId ?? "none")) is not the library that \(results.path) "
                    + "was begun with (\(last.libraryBuildId ?? "none")); give that with --library, or start a "
                    + "new run")
        }
        let obstacles = Obstacles(scenario, selection: selection)
        let usable = selection.usable.map(\.name)
        for cell in request.cells {
            let place = cell["file_system"]
            guard place.map(usable.contains) ?? true, !obstacles.impossible.contains(where: cell.matches)
            else {
                let reasons = obstacles.skipped.map(\.description).joined(separator: "; ")
                throw InputError(
                    "--resume", "\(results.path) has \(cell), which cannot be measured now: \(reasons)")
            }
        }
    }

    private static func list(_ filters: [String]) -> String {
        filters.isEmpty ? "no filter" : filters.joined(separator: " ")
    }
}
