import LabBase
import LabRun
import LabScenario
import Measurement
import WorkloadSchema
import Yams

/// The scenario that answers a recommendation's question, in the form of a file, so that its results can be reported, resumed
/// and run again like those of any other.
struct RecommendScenario {
    let workload: ForkingWorkload
    let fileSystem: UsableFileSystem
    /// The modes to measure.
    let modes: [ForkMode]
    /// Whether glibc without a pool is measured too.
    var hasReference = true
    let trials: Int
    let timeout: Duration

    /// Seconds that a trial may take for each GiB of its pool.
    private static let secondsPerGiB = 60.0
    /// The minimum timeout in seconds, for a built-in workload and for a program with all its steps.
    private static let leastSeconds = (builtIn: 60.0, program: 300.0)
    /// The maximum timeout of a scenario in seconds.
    private static let mostSeconds = 86400.0

    /// The default timeout for a trial of a workload, in proportion to its pool.
    static func timeout(of workload: ForkingWorkload) -> Duration {
        if let timeout = workload.timeout { return timeout }
        let gibibytes = Double(ByteCount.parse(workload.poolSize) ?? 0) / 1_073_741_824
        var least = leastSeconds.builtIn
        if case .program = workload.source { least = leastSeconds.program }
        let seconds = min(max(least, secondsPerGiB * gibibytes), mostSeconds)
        return .seconds(Int(seconds))
    }

    /// The scenario, with the text that its file would have. Throws `InputError` if that cannot be written.
    func scenario() throws(InputError) -> Scenario {
        Scenario(
            name: "recommend", source: try source(), title: title, question: question,
            workload: workload.workload, parameters: parameters.merging(workload.settings) { own, _ in own },
            contenders: contenders, fileSystems: [.directory(fileSystem.directory)],
            axes: forkSpaces + forkCopiers + ownParameters, exclude: excluded, trials: trials, warmUp: 1,
            timeout: timeout)
    }

    private var title: String {
        "Which fork mode suits \(workload.workload.name) in \(fileSystem.directory)"
    }

    private var question: String {
        "What do its forks cost in each mode, with a pool of \(workload.poolSize)?"
    }

    private var contenders: [Contender] {
        modes.map(Contender.mode) + (hasReference ? [.reference(.glibc)] : [])
    }

    /// The setting that changes the promise of a copy, if copies can overcommit.
    private var forkSpaces: [Scenario.Axis] {
        fileSystem.reflink
            ? [
                Scenario.Axis(
                    name: LibrarySetting.forkSpace, values: Candidate.ForkSpace.allCases.map(\.rawValue))
            ]
            : []
    }

    /// Who copies, if anybody does.
    private var forkCopiers: [Scenario.Axis] {
        modes.contains(where: \.copies)
            ? [
                Scenario.Axis(
                    name: LibrarySetting.forkCopier, values: ForkAccount.Copier.allCases.map(\.rawValue))
            ] : []
    }

    /// Where the child copies, mode 3 does what mode 2 does.
    private var excluded: [[String: String]] {
        forkCopiers.isEmpty
            ? []
            : [
                [
                    "mode": "\(ForkMode.copyOrRemap.rawValue)",
                    LibrarySetting.forkCopier: ForkAccount.Copier.child.rawValue,
                ]
            ]
    }

    /// The parameters of the workload that a file sets under `workload` or `program`.
    private var parameters: [String: String] {
        switch workload.source {
        case .builtIn: workload.parameters
        case .program: [WorkloadParameter.poolSize.name: workload.poolSize]
        }
    }

    /// The parameters that a file declares under `program`, which get their values in the matrix.
    private var ownParameters: [Scenario.Axis] {
        guard case .program = workload.source else { return [] }
        return workload.parameters.filter { $0.key != WorkloadParameter.poolSize.name }
            .sorted { $0.key < $1.key }.map { Scenario.Axis(name: $0.key, values: [$0.value]) }
    }

    // MARK: As a file

    private func source() throws(InputError) -> String {
        var root: [(String, Node)] = [("title", Node(title)), ("question", Node(question))]
        switch workload.source {
        case .builtIn(let kind):
            root.append(("workload", mapping([("name", Node(kind.rawValue))] + texts(parameters))))
        case .program(_, var entry):
            entry[WorkloadParameter.poolSize.name] = Node(workload.poolSize)
            root.append(("program", entry))
        }
        if !workload.settings.isEmpty { root.append(("library", mapping(texts(workload.settings)))) }
        root.append(("matrix", matrix))
        if !excluded.isEmpty {
            root.append(("exclude", Node(excluded.map { mapping(texts($0)) })))
        }
        root += [
            ("trials", Node("\(trials)")), ("warm_up", Node("1")),
            ("timeout", Node(timeout.optionText)),
        ]
        do {
            return "# Written by forklab recommend.\n" + (try Yams.serialize(node: mapping(root), width: -1))
        } catch {
            throw InputError("recommend.yaml", "\(error)")
        }
    }

    private var matrix: Node {
        let references = hasReference ? [Scenario.Axis(name: "reference", values: ["glibc"])] : []
        let axes =
            [Scenario.Axis(name: "mode", values: modes.map { "\($0.rawValue)" })] + forkSpaces + forkCopiers
            + references
            + [Scenario.Axis(name: "file_system", values: [fileSystem.directory])] + ownParameters
        return mapping(axes.map { ($0.name, Node($0.values.map { Node($0) }, .implicit, .flow)) })
    }

    private func texts(_ values: [String: String]) -> [(String, Node)] {
        values.sorted { $0.key < $1.key }.map { ($0.key, Node($0.value)) }
    }

    private func mapping(_ entries: [(String, Node)]) -> Node {
        Node(entries.map { (Node($0.0), $0.1) })
    }
}
