import Measurement

extension Scenario {
    private static let keys = [
        "title", "question", "workload", "program", "library", "matrix", "include", "exclude", "trials",
        "warm_up",
        "timeout", "seed", "expect",
    ]

    /// Reads and checks a scenario file. Throws `InputError` that names file, line and key.
    public static func load(path: String) throws(InputError) -> Scenario {
        let text: String
        do {
            text = try TextFile.read(path)
        } catch {
            throw InputError(path, "\(error); give the path of a scenario file (forklab list shows them)")
        }
        return try parse(text, file: path)
    }

    /// Checks the text of a scenario; `file` is named in errors. Throws `InputError`.
    public static func parse(_ text: String, file: String) throws(InputError) -> Scenario {
        let root = try YAMLReader(text: text, file: file)
        let entries = Dictionary(
            uniqueKeysWithValues: try root.mapping(keys: keys).map { ($0.key, $0.value) })
        func required(_ key: String) throws(InputError) -> YAMLReader {
            guard let entry = entries[key] else { throw root.error("the key \"\(key)\" is missing") }
            return entry
        }
        let title = try required("title").text()
        let question = try required("question").text()
        let (workload, workloadParameters) = try parseWorkload(entries["workload"], entries["program"], root)
        let checker = CellChecker(workload: workload)
        let settings = try parseSettings(entries["library"], checker)
        let parameters = workloadParameters.merging(settings) { own, _ in own }
        let matrix = try Matrix(try required("matrix"), checker: checker, fixed: parameters)
        let expectations = try (try entries["expect"]?.list() ?? []).map { entry throws(InputError) in
            try parseExpectation(entry, checker: checker)
        }
        return Scenario(
            name: baseName(file), source: text, title: title, question: question, workload: workload,
            parameters: parameters, contenders: matrix.contenders, fileSystems: matrix.fileSystems,
            axes: matrix.axes,
            include: try parseCells(entries["include"], checker),
            exclude: try parseCells(entries["exclude"], checker),
            trials: try entries["trials"]?.count(in: 1...100_000) ?? 5,
            warmUp: try entries["warm_up"]?.count(in: 0...1000) ?? 1,
            timeout: try entries["timeout"]?.count(in: 1...86400) ?? 60,
            seed: UInt64(try entries["seed"]?.count(in: 0...Int.max) ?? 1),
            expectations: expectations)
    }

    private static func baseName(_ path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        return String(file.split(separator: ".").first ?? "scenario")
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
        default: throw root.error("needs one of the keys \"workload\" and \"program\"")
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
        return text
    }

    private static func parseExpectation(
        _ entry: YAMLReader, checker: CellChecker
    ) throws(InputError) -> Expectation {
        do {
            let expectation = try Expectation(try entry.text())
            for selector in expectation.selectors {
                for (key, value) in selector {
                    if let objection = checker.objection(key: key, value: value) {
                        throw Expectation.SyntaxError(problem: objection)
                    }
                }
            }
            return expectation
        } catch let error as Expectation.SyntaxError {
            throw entry.error(error.problem)
        } catch let error as InputError {
            throw error
        } catch {
            throw entry.error("\(error)")
        }
    }

    private static func parseCells(
        _ entry: YAMLReader?, _ checker: CellChecker
    ) throws(InputError) -> [[String: String]] {
        guard let entry else { return [] }
        return try entry.list().map { cell throws(InputError) in
            var keys: [String: String] = [:]
            for (key, value) in try cell.mapping(keys: checker.keys, admit: checker.admits) {
                keys[key] = try checker.checked(key, value)
            }
            return keys
        }
    }
}

/// The `matrix:` of a scenario.
private struct Matrix {
    var contenders: [Contender] = []
    var fileSystems: [FileSystemName] = []
    var axes: [Scenario.Axis] = []

    init(_ entry: YAMLReader, checker: CellChecker, fixed: [String: String]) throws(InputError) {
        for (key, values) in try entry.mapping(keys: checker.keys, admit: checker.admits) {
            var texts: [String] = []
            for value in try values.list() {
                let text = try checker.checked(key, value)
                if texts.contains(text) { throw value.error("\"\(text)\" is given twice") }
                texts.append(text)
            }
            switch key {
            case "mode": contenders += texts.compactMap { Int($0).flatMap(ForkMode.init).map(Contender.mode) }
            case "reference":
                contenders += texts.compactMap { Contender.Reference(rawValue: $0).map(Contender.reference) }
            case "file_system": fileSystems = texts.compactMap(FileSystemName.init)
            default:
                if fixed[key] != nil {
                    let place = LibrarySetting.named(key) == nil ? "workload" : "library"
                    throw values.error("is also set under \(place); set it in one of the two places")
                }
                axes.append(Scenario.Axis(name: key, values: texts))
            }
        }
        let hasMode = contenders.contains { $0.key == "mode" }
        if contenders.isEmpty { throw entry.error("names neither a mode nor a reference; give one at least") }
        if hasMode && fileSystems.isEmpty {
            throw entry.error(
                "the key \"file_system\" is missing; give \(FileSystemName.allNames.joined(separator: ", ")) "
                    + "or an absolute path")
        }
    }
}

/// Which keys a cell of a workload can have, and which values.
struct CellChecker {
    let workload: Workload

    /// All keys, in the order in which they are shown.
    var keys: [String] {
        Cell.leadingKeys + workload.parameters.map(\.name) + LibrarySetting.all.map(\.name)
    }

    /// Whether `key` is looked at although `keys` does not hold it: a variable of the library.
    func admits(_ key: String) -> Bool {
        LibrarySetting.named(key) != nil || LibrarySetting.objection(toName: key) != nil
    }

    /// The value that `reader` holds for `key`. Throws `InputError` if the two do not go together.
    func checked(_ key: String, _ reader: YAMLReader) throws(InputError) -> String {
        let text = try reader.text()
        if let objection = objection(key: key, value: text) { throw reader.error(objection) }
        return text
    }

    /// What is wrong with a key or its value; nil if it is valid.
    func objection(key: String, value: String) -> String? {
        switch key {
        case "mode":
            guard Int(value).flatMap(ForkMode.init) != nil else {
                return "\"\(value)\" is not a fork mode; give 0, 1, 2 or 3"
            }
        case "reference":
            let names = Contender.Reference.allCases.map(\.rawValue)
            guard names.contains(value) else { return Nearest.unknown("reference", value, among: names) }
        case "file_system":
            guard FileSystemName(value) != nil else {
                return Nearest.unknown("file system", value, among: FileSystemName.allNames)
                    + " (or give an absolute path)"
            }
        default:
            if let parameter = workload.parameter(key) { return parameter.objection(to: value) }
            if let setting = LibrarySetting.named(key) { return setting.objection(to: value) }
            return LibrarySetting.objection(toName: key) ?? Nearest.unknown("key", key, among: keys)
        }
        return nil
    }
}
