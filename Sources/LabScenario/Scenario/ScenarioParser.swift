import LabBase
import WorkloadSchema

extension Scenario {
    private static let keys = [
        "title", "question", "workload", "program", "library", "matrix", "include", "exclude", "probes",
        "trials", "warm_up", "timeout", "time_budget", "seed", "expect",
    ]

    /// Reads and checks a scenario file. Throws an `InputError` that names file, line and key.
    package static func load(path: String) throws(InputError) -> Scenario {
        let advice = "give the path of a scenario file (forklab list shows them)"
        return try parse(try InputFile.read(path, advice: advice), file: path)
    }

    /// Checks the text of a scenario; `file` is named in errors. Throws `InputError`.
    ///
    /// `name` is the scenario's name; by default the file's name without folder and extension.
    package static func parse(
        _ text: String, file: String, name: String? = nil
    ) throws(InputError) -> Scenario {
        let root = try YAMLReader(text: text, file: file)
        let entries = try root.entries(keys: keys)
        let title = try entries.required("title").text()
        let question = try entries.required("question").text()
        let (workload, workloadParameters) = try parseWorkload(entries["workload"], entries["program"], root)
        let checker = CellChecker(workload: workload)
        let probes = try Probe.parse(entries["probes"], workload: workload)
        let settings = try parseSettings(entries["library"], checker)
        if let double = probes.keys.sorted().first(where: { workloadParameters[$0] != nil }) {
            throw try entries.required("probes").error(
                "\(double) is also set under workload; set it in one of the two places")
        }
        let fixed = [("workload", workloadParameters), ("probes", probes), ("library", settings)]
        let parameters = fixed.reduce(into: [:]) { $0.merge($1.1) { own, _ in own } }
        let matrix = try Matrix(try entries.required("matrix"), checker: checker, fixed: fixed)
        var expectations: [(reader: YAMLReader, expectation: Expectation)] = []
        for entry in try entries["expect"]?.list() ?? [] {
            for text in Expectation.expanded(try entry.text()) {
                expectations.append((entry, try parseExpectation(text, at: entry, checker: checker)))
            }
        }
        let excluded = try checker.exclusions(entries["exclude"])
        let scenario = Scenario(
            name: name ?? YAMLFolder.baseName(file), source: text, title: title, question: question,
            workload: workload,
            parameters: parameters, contenders: matrix.contenders, fileSystems: matrix.fileSystems,
            axes: matrix.axes, include: try checker.inclusions(entries["include"]),
            exclude: excluded.map(\.selector),
            trials: try entries["trials"]?.count(in: 1...100_000) ?? 5,
            warmUp: try entries["warm_up"]?.count(in: 0...1000) ?? 1,
            timeout: try entries["timeout"]?.time(atLeast: "1s", atMost: "24h")
                ?? .seconds(60),
            timeBudget: try entries["time_budget"]?.time(),
            seed: UInt64(try entries["seed"]?.count(in: 0...Int.max) ?? 1),
            expectations: expectations.map(\.expectation))
        try scenario.check(exclusions: excluded, at: entries.required("matrix"))
        for (reader, expectation) in expectations { try scenario.check(expectation, at: reader) }
        return scenario
    }

    /// An exclusion that leaves out nothing, or everything, is a slip. Throws `InputError`.
    private func check(
        exclusions: [(reader: YAMLReader, selector: [String: String])], at matrix: YAMLReader
    ) throws(InputError) {
        let candidates = Plan.candidates(of: self)
        for (reader, selector) in exclusions where !candidates.contains(where: { $0.matches(selector) }) {
            throw reader.error("matches no cell of the matrix; correct it or drop it")
        }
        guard !Plan.cells(of: self).isEmpty else {
            throw matrix.error("has no cell that is not under exclude; exclude less")
        }
    }

    /// An expectation about cells that are never measured would only turn out to be missed at the end of a long run.
    private func check(_ expectation: Expectation, at reader: YAMLReader) throws(InputError) {
        let cells = Plan.cells(of: self)
        for selector in expectation.selectors where !cells.contains(where: { $0.matches(selector) }) {
            let text = selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            throw reader.error("no cell of the matrix has \(text.joined(separator: ","))")
        }
    }

    private static func parseWorkload(
        _ builtIn: YAMLReader?, _ program: YAMLReader?, _ root: YAMLReader
    ) throws(InputError) -> (Workload, [String: String]) {
        switch (builtIn, program) {
        case (let entry?, nil):
            let (kind, parameters) = try parseBuiltIn(entry)
            return (.builtIn(kind), parameters)
        case (nil, let entry?):
            let (program, parameters) = try ProgramParser.parse(entry)
            return (.program(program), parameters)
        case (_?, _?): throw root.error("has the keys \"workload\" and \"program\"; give one of the two")
        case (nil, nil): throw root.error("needs one of the keys \"workload\" and \"program\"")
        }
    }

    private static func parseBuiltIn(
        _ entry: YAMLReader
    ) throws(InputError) -> (WorkloadKind, [String: String]) {
        let names = try entry.mapping(keys: nil)
        guard let nameEntry = names.first(where: { $0.key == "name" })?.value else {
            throw entry.error("the key \"name\" is missing; give the name of a workload")
        }
        let name = try nameEntry.text()
        guard let workload = WorkloadKind(rawValue: name) else {
            throw nameEntry.error(
                Nearest.unknown("workload", name, among: WorkloadKind.allCases.map(\.rawValue)))
        }
        var parameters: [String: String] = [:]
        for (key, value) in try entry.mapping(keys: ["name"] + workload.parameters.map(\.name))
        where key != "name" {
            parameters[key] = try checkedParameter(workload.parameter(key), value)
        }
        return (workload, parameters)
    }

    private static func parseSettings(
        _ entry: YAMLReader?, _ checker: CellChecker
    ) throws(InputError) -> [String: String] {
        var settings: [String: String] = [:]
        let names = LibrarySetting.all.map(\.name)
        for (key, value) in try entry?.mapping(keys: names, admit: checker.admits) ?? [] {
            settings[key] = try checker.checked(key, value)
        }
        return settings
    }

    static func checkedParameter(
        _ parameter: WorkloadParameter?, _ value: YAMLReader
    ) throws(InputError) -> String {
        let text = try value.text()
        if let objection = parameter?.objection(to: text) { throw value.error(objection) }
        return parameter?.normalized(text) ?? text
    }

    private static func parseExpectation(
        _ text: String, at entry: YAMLReader, checker: CellChecker
    ) throws(InputError) -> Expectation {
        do throws(Expectation.SyntaxError) {
            let expectation = try Expectation(text, ownMetrics: checker.workload.ownMetrics)
            for selector in expectation.selectors {
                for (key, values) in selector {
                    for value in Cell.alternatives(values) {
                        if let objection = checker.objection(key: key, value: value) {
                            throw Expectation.SyntaxError(problem: objection)
                        }
                    }
                }
            }
            return expectation
        } catch {
            throw entry.error(error.problem)
        }
    }
}
