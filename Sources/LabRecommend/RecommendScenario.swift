import LabBase
import LabRun
import LabScenario
import WorkloadSchema
import Yams

/// The scenario that answers a recommendation's question, as a file would have it: its results can be reported, resumed
/// and run again like those of any other.
struct RecommendScenario {
    let workload: ForkingWorkload
    let fileSystem: UsableFileSystem
    /// The modes to measure.
    let modes: [Int]
    /// Whether glibc without a pool is measured too.
    var hasReference = true
    let trials: Int
    let timeout: TimeSpan

    /// Seconds that a trial may take for each GiB of its pool.
    private static let secondsPerGiB = 60.0
    /// Seconds that it may take at least: built in, and a program with all its steps.
    private static let leastSeconds = (builtIn: 60.0, program: 300.0)
    /// What a scenario may say.
    private static let mostSeconds = 86400.0

    /// How long a trial of a workload may take where nobody says: in proportion to its pool.
    static func timeout(of workload: ForkingWorkload) -> TimeSpan {
        if let timeout = workload.timeout { return timeout }
        let gibibytes = Double(ByteCount.parse(workload.poolSize) ?? 0) / 1_073_741_824
        var least = leastSeconds.builtIn
        if case .program = workload.source { least = leastSeconds.program }
        let seconds = min(max(least, secondsPerGiB * gibibytes), mostSeconds)
        return TimeSpan(nanoseconds: UInt64(seconds) * 1_000_000_000)
    }

    /// The scenario. Throws `InputError` if an option made it wrong.
    func scenario() throws(InputError) -> Scenario {
        try Scenario.parse(try text(), file: "recommend.yaml", name: "recommend")
    }

    private func text() throws(InputError) -> String {
        var matrix: [(String, Node)] = [("mode", list(modes.map(String.init)))]
        if fileSystem.reflink {
            matrix.append((LibrarySetting.forkSpace, list(Candidate.ForkSpace.allCases.map(\.rawValue))))
        }
        if hasReference { matrix.append(("reference", list(["glibc"]))) }
        matrix += [("file_system", list([fileSystem.directory]))]
        var root: [(String, Node)] = [
            ("title", Node("Which fork mode suits \(workload.workload.name) in \(fileSystem.directory)")),
            ("question", Node("What do its forks cost in each mode, with a pool of \(workload.poolSize)?")),
        ]
        switch workload.source {
        case .builtIn(let kind):
            root.append(("workload", mapping([("name", Node(kind.rawValue))] + texts(workload.parameters))))
        case .program(_, let yaml):
            root.append(("program", try program(yaml)))
            // What the file declares under program, the matrix gives a value.
            let own = workload.parameters.filter { $0.key != WorkloadParameter.poolSize.name }
            matrix += texts(own).map { ($0.0, list([$0.1.scalar?.string ?? ""])) }
        }
        if !workload.settings.isEmpty { root.append(("library", mapping(texts(workload.settings)))) }
        root += [
            ("matrix", mapping(matrix)), ("trials", Node("\(trials)")), ("warm_up", Node("1")),
            ("timeout", Node(timeout.optionText)),
        ]
        do {
            return "# Written by forklab recommend.\n" + (try Yams.serialize(node: mapping(root), width: -1))
        } catch {
            throw InputError("recommend.yaml", "\(error)")
        }
    }

    private func program(_ yaml: String) throws(InputError) -> Node {
        do {
            var node = try Yams.compose(yaml: yaml) ?? mapping([])
            node["pool_size"] = Node(workload.poolSize)
            return node
        } catch {
            throw InputError("recommend.yaml", "\(error)")
        }
    }

    private func texts(_ values: [String: String]) -> [(String, Node)] {
        values.sorted { $0.key < $1.key }.map { ($0.key, Node($0.value)) }
    }

    private func mapping(_ entries: [(String, Node)]) -> Node {
        Node(entries.map { (Node($0.0), $0.1) })
    }

    private func list(_ values: [String]) -> Node {
        Node(values.map { Node($0) }, .implicit, .flow)
    }
}
