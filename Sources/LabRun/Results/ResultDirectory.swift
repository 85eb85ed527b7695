import Algorithms
import Glibc
import LabBase
import LabProcess
import LabScenario

/// The contents of a directory written by `forklab run` or `forklab merge`: the scenario, the machines, the samples.
package struct ResultDirectory: Sendable {
    /// The files of a result directory.
    package enum File: String, CaseIterable {
        case scenario = "scenario.yaml"
        case environment = "environment.json"
        case samples = "samples.jsonl"
        /// The samples compressed with gzip(1), for directories that are kept.
        case compressedSamples = "samples.jsonl.gz"
        case summary = "summary.json"
        case summaryText = "summary.md"

        /// The path of the file in `directory`.
        package func path(in directory: String) -> String { "\(directory)/\(rawValue)" }
    }

    /// The path of the directory.
    package let path: String
    /// The scenario, with the number of trials that was requested.
    package let scenario: Scenario
    /// One manifest for each run that added samples, at least one.
    package let manifests: [EnvironmentManifest]
    /// The samples of the runs, warm-up included, in the order in which they were written.
    package let samples: [Sample]

    /// A directory with these contents.
    init(path: String, scenario: Scenario, manifests: [EnvironmentManifest], samples: [Sample]) {
        self.path = path
        self.scenario = scenario
        self.manifests = manifests
        self.samples = samples
    }

    /// Advice for when a directory cannot be read.
    static let advice = "give a directory that forklab run or forklab merge has written"

    /// Reads everything. Throws an `InputError` that names the directory, or the file in it, and what is wrong with it.
    package init(reading path: String) throws(InputError) {
        guard access(path, F_OK) == 0 else {
            throw InputError(path, "cannot be read: \(SystemCallError("access").reason); \(Self.advice)")
        }
        guard Folder.exists(path) else { throw InputError(path, "is not a directory; \(Self.advice)") }
        let file = File.environment.path(in: path)
        let manifests = try EnvironmentFile.read(file).runs
        guard let first = manifests.first else {
            throw InputError(file, "names no run; give a directory that forklab run has written")
        }
        let samples = try Self.samples(in: path)
        let scenarioFile = File.scenario.path(in: path)
        let scenario = try InputFile.read(scenarioFile, advice: Self.advice)
        self.init(
            path: path,
            scenario: try Scenario.parse(scenario, file: scenarioFile, name: first.request.scenario)
                .with(trials: manifests.map(\.request.trials).max() ?? first.request.trials),
            manifests: manifests, samples: samples)
    }

    /// The samples in the directory at `path`, compressed or not; none if a run ended before its first trial.
    ///
    /// Throws an `InputError` that names the file, and the line if one is wrong.
    static func samples(in path: String) throws(InputError) -> [Sample] {
        let plain = File.samples.path(in: path)
        let compressed = File.compressedSamples.path(in: path)
        let found: [String] = [plain, compressed].filter { access($0, F_OK) == 0 }
        guard found.count < 2 else {
            throw InputError(
                compressed, "is beside \(File.samples.rawValue); remove the older of the two")
        }
        do {
            switch found.first {
            case plain: return try SampleLog.read(path: plain)
            case compressed:
                let text = try Tool.run("gzip", ["--decompress", "--stdout", compressed])
                return try SampleLog.parse(text, path: compressed)
            default: return []
            }
        } catch let error as InputError {
            throw error
        } catch {
            throw InputError(found[0], "\(error)")
        }
    }

    /// Everything that was to be measured: a part of the scenario's plan, or all of it if shards were merged.
    package var plan: Plan {
        let asked = Set(manifests.flatMap(\.request.cells))
        let shards = manifests.map(\.request.shard).uniqued(on: \.self)
        let shard = shards.count == 1 ? (try? Shard(shards[0])) ?? .whole : .whole
        return Plan(scenario, cells: Plan.cells(of: scenario).filter(asked.contains), shard: shard)
    }

    /// The file systems that the pools were on, each as found by the first run that used it.
    package var fileSystems: [UsableFileSystem] {
        manifests.flatMap(\.fileSystems).reduce(into: []) { known, one in
            if !known.contains(where: { $0.name == one.name }) { known.append(one) }
        }
    }

    /// What every run left out.
    package var skipped: [Skipped] {
        manifests[0].skipped.filter { one in
            manifests.allSatisfy { $0.skipped.contains { $0.what == one.what } }
        }
    }

    /// Writes every file except the summaries. Throws `SystemCallError` or `EncodingError`.
    func writeAll() throws {
        try OutputFile.write(scenario.source, to: File.scenario.path(in: path))
        try EnvironmentFile(runs: manifests).write(to: File.environment.path(in: path))
        let log = try SampleLog(path: File.samples.path(in: path))
        for sample in samples { try log.append(sample) }
    }

    /// Throws an `InputError` that names `option` if `path` already has results or is a file: nothing is overwritten.
    package static func checkUnused(_ path: String, option: String, advice: String) throws(InputError) {
        guard !path.isEmpty else { throw InputError(option, "is empty; give the name of a directory") }
        if access(path, F_OK) == 0 && !Folder.exists(path) {
            throw InputError(option, "\(path) is not a directory; give one, or a name that is not taken")
        }
        if let file = files(in: path).first, !holdsOnlyBeginning(path) {
            throw InputError(option, "\(path) holds results already (\(file.rawValue)); \(advice)")
        }
    }

    /// Whether `path` has only what a run leaves if it is killed before its record is written: an empty log, which was its lock,
    /// and perhaps the scenario. That is not a result: such a run can be started again, but not resumed.
    static func holdsOnlyBeginning(_ path: String) -> Bool {
        var status = stat()
        return Set(files(in: path)).subtracting([.scenario]) == [.samples]
            && stat(File.samples.path(in: path), &status) == 0 && status.st_size == 0
    }

    private static func files(in path: String) -> [File] {
        File.allCases.filter { access($0.path(in: path), F_OK) == 0 }
    }
}
