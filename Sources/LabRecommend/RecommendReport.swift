import LabRun
import LabScenario
import Measurement

/// A recommendation with all that a user needs to trust it and to act on it: what `forklab recommend --json` prints.
package struct RecommendReport: Encodable, Sendable {
    /// A setting of the environment.
    struct Variable: Codable, Equatable, Sendable {
        /// "VMMALLOC_FORK".
        let name: String
        /// "2".
        let value: String
    }

    /// Version of this record.
    var schema = 1
    /// The answer, and how each candidate stands.
    package let recommendation: Recommendation
    /// What would change the answer.
    let alternatives: [Alternative]
    /// What may change it and was not measured.
    let hints: [String]
    /// What to set; empty without an answer.
    let environment: [Variable]
    /// A line for a shell; nil without an answer.
    let commandLine: String?
    /// What to keep in mind: what holds only for what was measured, what the machine does.
    let warnings: [String]
    /// Where the pools lay.
    let fileSystem: UsableFileSystem
    /// The workload that was measured.
    let workload: String
    /// Its parameters that were chosen, and settings of the library.
    let parameters: [String: String]
    /// Whether the user named the workload.
    let isDefaultWorkload: Bool
    /// Trials of each candidate that count, at least.
    let trials: Int
    /// The reference without a pool: its longest stall; nil if it was not timed.
    let referenceStall: Estimate?
    /// The directory of the samples; nil if nothing was measured.
    let results: String?

    /// Decides by `evidence`, within `limits`: those of the request and of the machine.
    init(_ request: RecommendRequest, limits: Limits, _ evidence: RecommendEvidence) {
        fileSystem = evidence.fileSystem
        recommendation = Recommendation(evidence.measurements, limits, reflink: fileSystem.reflink)
        alternatives = Alternative.all(evidence.measurements, limits, reflink: fileSystem.reflink)
        hints = Self.hints(recommendation, reflink: fileSystem.reflink)
        workload = request.workload.workload.name
        parameters = request.workload.parameters.merging(request.workload.settings) { own, _ in own }
        isDefaultWorkload = request.workload.isDefault
        trials = evidence.measurements.filter { $0.obstacle == nil }.map(\.trials).min() ?? 0
        referenceStall = evidence.referenceStall
        results = evidence.results
        if case .use(let candidate) = recommendation.answer {
            let settings = LaunchSettings(
                request, candidate, directory: fileSystem.directory, library: evidence.library)
            environment = settings.environment
            commandLine = settings.commandLine
        } else {
            environment = []
            commandLine = nil
        }
        warnings =
            RecommendWarnings(request: request, recommendation: recommendation, evidence: evidence).lines
    }
}

extension RecommendReport {
    /// A copy that takes too long, or is of no moment, may be neither where files can share blocks.
    private static func hints(_ recommendation: Recommendation, reflink: Bool) -> [String] {
        let subjects: [LimitCheck.Subject] =
            recommendation.limits.snapshot == .process ? [.stall] : [.stall, .snapshot]
        let isOut = recommendation.assessments.contains { assessment in
            assessment.candidate.mode == .poolCopy && assessment.status == .ruledOut
                && assessment.objections.allSatisfy { subjects.contains($0.subject) }
        }
        return reflink || !isOut
            ? []
            : [
                "not measured: on a file system with reflink (XFS, btrfs) mode 2 shares blocks instead of copying them; "
                    + "measure there with --pool-dir"
            ]
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
