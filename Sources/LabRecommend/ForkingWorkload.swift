import LabBase
import LabScenario
import WorkloadSchema
import Yams

/// The workload that a recommendation measures with, and its fixed parameters.
package struct ForkingWorkload {
    /// Where the workload comes from.
    enum Source {
        /// A built-in workload.
        case builtIn(WorkloadKind)
        /// The `program:` of a scenario file, or one made from options, with its entry for a file.
        case program(ProgramDefinition, entry: Node)
    }

    /// Where it comes from.
    let source: Source
    /// Its parameters, by name.
    private(set) var parameters: [String: String]
    /// Settings of the library, by name.
    private(set) var settings: [String: String]
    /// The longest time of a trial; nil for one that fits the pool.
    let timeout: Duration?
    /// Whether it is the default, not the user's choice.
    let isDefault: Bool

    private init(
        source: Source, parameters: [String: String], settings: [String: String], timeout: Duration?,
        isDefault: Bool
    ) {
        self.source = source
        self.parameters = parameters
        self.settings = settings
        self.timeout = timeout
        self.isDefault = isDefault
    }

    /// The size of its pool.
    var poolSize: String {
        parameters[WorkloadParameter.poolSize.name] ?? WorkloadParameter.poolSize.defaultValue
    }

    /// The default workload: a heap that is filled to four fifths, or threads that write to it while
    /// another forks.
    package static func standard(threadsWrite: Bool) -> ForkingWorkload {
        ForkingWorkload(
            source: .builtIn(threadsWrite ? .writers : .heap),
            parameters: ["share_in_use": "0.8", "forks": "3"], settings: [:], timeout: nil, isDefault: true)
    }

    /// The program made from the user's own command.
    init(_ program: ProgramDefinition, entry: Node) {
        self.init(
            source: .program(program, entry: entry), parameters: [:], settings: [:], timeout: nil,
            isDefault: false)
    }

    /// A built-in workload. Throws `InputError` if there is none called `name`, or if it does not fork.
    package static func builtIn(_ name: String) throws(InputError) -> ForkingWorkload {
        guard let kind = WorkloadKind(rawValue: name), kind.forks else {
            throw InputError(
                "--workload",
                Nearest.unknown(
                    "workload", name, among: WorkloadKind.allCases.filter(\.forks).map(\.rawValue)))
        }
        return ForkingWorkload(
            source: .builtIn(kind), parameters: [:], settings: [:], timeout: nil, isDefault: false)
    }

    /// The workload or program of a scenario file, with its parameters. `set` lists parameters that the user sets differently.
    ///
    /// Throws `InputError` if the file is wrong, or if its matrix varies a parameter.
    package static func scenario(_ path: String, set: [String]) throws(InputError) -> ForkingWorkload {
        let scenario = try Scenario.load(path: path)
        var fixed = scenario.parameters
        let chosen = set.map { $0.prefix { $0 != "=" } }
        for axis in scenario.axes where !Self.decided.contains(axis.name) {
            fixed[axis.name] = axis.values[0]
            guard axis.values.count > 1, !chosen.contains(Substring(axis.name)) else { continue }
            throw InputError(
                path,
                "varies \(axis.name) (\(axis.values.joined(separator: ", "))); "
                    + "choose one with --set \(axis.name)=\(axis.values[0])")
        }
        for name in Self.decided { fixed[name] = nil }
        let source: Source
        switch scenario.workload {
        case .builtIn(let kind):
            guard kind.forks else { throw InputError(path, "its workload \(kind.rawValue) does not fork") }
            source = .builtIn(kind)
        case .program(let program):
            source = .program(program, entry: try entry("program", of: scenario.source, file: path))
        }
        let parameters = fixed.filter { scenario.workload.parameter($0.key) != nil }
        return ForkingWorkload(
            source: source, parameters: parameters, settings: fixed.filter { parameters[$0.key] == nil },
            timeout: scenario.timeout, isDefault: false)
    }

    /// One entry of a file, unchanged. Throws `InputError`.
    private static func entry(_ key: String, of text: String, file: String) throws(InputError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: text)?[key] else {
                throw InputError(file, "the key \"\(key)\" is missing")
            }
            return node
        } catch let error as InputError {
            throw error
        } catch {
            throw InputError(file, "not valid YAML: \(error)")
        }
    }

    /// The same workload with a pool of size `poolSize`. Throws `InputError`.
    package func with(poolSize: String) throws(InputError) -> ForkingWorkload {
        if let objection = WorkloadParameter.poolSize.objection(to: poolSize) {
            throw InputError("--pool-size", objection)
        }
        var changed = self
        changed.parameters[WorkloadParameter.poolSize.name] = WorkloadParameter.poolSize.normalized(poolSize)
        return changed
    }

    /// The same workload with parameters or settings of the library, each as "key=value". Throws `InputError`.
    package func setting(_ texts: [String]) throws(InputError) -> ForkingWorkload {
        var changed = self
        let checker = CellChecker(workload: workload)
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw InputError(
                    "--set", "\"\(text)\" is not a setting; give key=value, as in share_in_use=0.8")
            }
            let (key, value) = (String(parts[0]), String(parts[1]))
            if let objection = objection(to: key) { throw InputError("--set", objection) }
            let valid = settableKeys
            guard valid.contains(key) || LibrarySetting.named(key) != nil else {
                throw InputError(
                    "--set",
                    LibrarySetting.objection(toName: key) ?? Nearest.unknown("key", key, among: valid))
            }
            if let objection = checker.objection(key: key, value: value) {
                throw InputError("--set", "\(key): \(objection)")
            }
            if workload.parameter(key) != nil {
                changed.parameters[key] = checker.normalized(key: key, value: value)
            } else {
                changed.settings[key] = value
            }
        }
        return changed
    }

    /// The keys that neither have their own option nor are the subject of the recommendation.
    private var settableKeys: [String] {
        (workload.parameters.map(\.name) + LibrarySetting.all.map(\.name)).filter { objection(to: $0) == nil }
    }

    /// The settings that a recommendation decides.
    private static let decided = [LibrarySetting.forkSpace, LibrarySetting.forkCopier]

    private func objection(to key: String) -> String? {
        switch key {
        case WorkloadParameter.poolSize.name: "pool_size is the option --pool-size; give that"
        case "mode": "mode is decided by the recommendation; leave it out"
        case _ where Self.decided.contains(key): "\(key) is decided by the recommendation; leave it out"
        case "file_system": "file_system is the option --pool-dir; give that"
        case "reference": "a reference has no pool; leave it out"
        default: nil
        }
    }

    /// The workload in the form that scenarios use.
    var workload: Workload {
        switch source {
        case .builtIn(let kind): .builtIn(kind)
        case .program(let program, _): .program(program)
        }
    }

    /// Whether a trial lasts as long as the effects of its forks: always, except for a program without `settle`.
    var hasSettled: Bool {
        guard case .program(let program, _) = source else { return true }
        return program.settle != nil
    }

    /// The value of a parameter, or its default.
    func value(_ name: String) -> String? { parameters[name] ?? workload.parameter(name)?.defaultValue }
}
