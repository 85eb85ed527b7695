import Measurement

/// A recommendation with all that a user needs to trust it and to act on it: what `forklab recommend --json` prints.
public struct RecommendReport: Codable, Sendable {
    /// A setting of the environment.
    public struct Variable: Codable, Equatable, Sendable {
        /// "VMMALLOC_FORK".
        public let name: String
        /// "2".
        public let value: String
    }

    /// Version of this record.
    public var schema = 1
    /// The answer, and how each candidate stands.
    public let recommendation: Recommendation
    /// What would change the answer.
    public let alternatives: [Alternative]
    /// What to set; empty without an answer.
    public let environment: [Variable]
    /// A line for a shell; nil without an answer.
    public let commandLine: String?
    /// What to keep in mind: what holds only for what was measured, what the machine does.
    public let warnings: [String]
    /// Where the pools lay.
    public let fileSystem: UsableFileSystem
    /// The workload that was measured.
    public let workload: String
    /// Its parameters that were chosen, and settings of the library.
    public let parameters: [String: String]
    /// Whether the user named the workload.
    public let isDefaultWorkload: Bool
    /// Trials of each candidate that count, at least.
    public let trials: Int
    /// The reference without a pool: its longest stall; nil if it was not timed.
    public let referenceStall: SampleSummary?
    /// The directory of the samples; nil if nothing was measured.
    public let results: String?

    init(
        _ request: RecommendRequest, fileSystem: UsableFileSystem, room: PoolRoom, limits: Limits,
        measurements: [CandidateMeasurement], library: String, results: ResultDirectory?, output: String,
        diagnosis: Diagnosis
    ) {
        let recommendation = Recommendation(measurements, limits, reflink: fileSystem.reflink)
        self.recommendation = recommendation
        alternatives = Alternative.all(measurements, limits, reflink: fileSystem.reflink)
        self.fileSystem = fileSystem
        workload = request.workload.workload.name
        parameters = request.workload.parameters.merging(request.workload.settings) { own, _ in own }
        isDefaultWorkload = request.workload.isDefault
        trials = measurements.filter { $0.obstacle == nil }.map(\.trials).min() ?? 0
        let reference = results?.summary.cells.first { $0.cell["reference"] != nil }
        referenceStall = reference?.metrics[Metric.phase(.forkStall).name]
        self.results = results == nil ? nil : output
        if case .use(let candidate) = recommendation.answer {
            let settings = LaunchSettings(
                request, candidate, directory: fileSystem.directory, library: library)
            environment = settings.environment
            commandLine = settings.commandLine
        } else {
            environment = []
            commandLine = nil
        }
        warnings =
            RecommendWarnings(
                request: request, recommendation: recommendation, measurements: measurements, room: room,
                diagnosis: diagnosis
            ).lines
    }
}

/// How to start a program as a candidate says.
private struct LaunchSettings {
    let environment: [RecommendReport.Variable]
    let commandLine: String

    init(_ request: RecommendRequest, _ candidate: Candidate, directory: String, library: String) {
        let size = request.workload.poolSize
        let own = request.workload.settings.compactMap { name, value in
            LibrarySetting.named(name).flatMap {
                value == LibrarySetting.automatic ? nil : ($0.variable, value)
            }
        }.sorted { $0.0 < $1.0 }
        let extra =
            candidate.environment.filter { $0.name != "VMMALLOC_FORK" }.map { ($0.name, $0.value) } + own
        let pool = [
            ("LD_PRELOAD", library), ("VMMALLOC_POOL_DIR", directory), ("VMMALLOC_POOL_SIZE", size),
            ("VMMALLOC_FORK", "\(candidate.mode.rawValue)"),
        ]
        environment = (pool + extra).map { RecommendReport.Variable(name: $0.0, value: $0.1) }
        let command =
            request.command.isEmpty ? "COMMAND" : request.command.map(ShellWord.quoted).joined(separator: " ")
        let prefix = extra.map { "\($0.0)=\(ShellWord.quoted($0.1)) " }.joined()
        commandLine =
            "\(prefix)forklab preload --pool-dir \(ShellWord.quoted(directory)) --pool-size \(size) "
            + "--fork \(candidate.mode.rawValue) -- \(command)"
    }
}
