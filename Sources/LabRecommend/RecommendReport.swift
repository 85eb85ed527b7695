import LabRun
import LabScenario
import Measurement

/// A recommendation with everything that a user needs to trust it and act on it, as `forklab recommend --json` prints it.
package struct RecommendReport: Encodable, Sendable {
    /// An environment variable.
    struct Variable: Codable, Equatable, Sendable {
        /// The name: "VMMALLOC_FORK".
        let name: String
        /// The value: "2".
        let value: String
    }

    /// Version of this record.
    var schema = 1
    /// The answer, and the assessment of each candidate.
    package let recommendation: Recommendation
    /// Changes that would change the answer.
    let alternatives: [Alternative]
    /// Things that may change it and were not measured.
    let hints: [String]
    /// The variables to set; empty without an answer.
    let environment: [Variable]
    /// A command line for a shell; nil without an answer.
    let commandLine: String?
    /// Things to keep in mind: restrictions of the measurement, disturbances of the machine.
    let warnings: [String]
    /// The file system of the pools.
    let fileSystem: UsableFileSystem
    /// The workload that was measured.
    let workload: String
    /// The workload's chosen parameters, and settings of the library.
    let parameters: [String: String]
    /// Whether the user named the workload.
    let isDefaultWorkload: Bool
    /// The smallest number of trials that count for a candidate.
    let trials: Int
    /// The longest stall of the reference without a pool; nil if it was not timed.
    let referenceStall: Estimate?
    /// The directory of the samples; nil if nothing was measured.
    let results: String?

    /// Decides by `evidence`, within `limits`, which are those of the request and of the machine.
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
    /// Hints for when a copy takes too long or does not show one moment: neither may be so if files can share blocks.
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

/// How to start a program with a candidate's settings.
private struct LaunchSettings {
    let environment: [RecommendReport.Variable]
    let commandLine: String

    init(_ request: RecommendRequest, _ candidate: Candidate, directory: String, library: String) {
        let size = request.workload.poolSize
        let own = request.workload.settings.compactMap { name, value in
            LibrarySetting.named(name).flatMap {
                $0.isAutomatic(value) ? nil : ($0.variable, value)
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
