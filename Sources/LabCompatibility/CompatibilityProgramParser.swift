import LabBase
import LabRun
import LabScenario
import WorkloadSchema

extension CompatibilityProgram {
    private static let keys = [
        "title", "packages", "version", "cases", "quick", "pool_size", "timeout", "user", "limits",
        "broken_checks", "run",
    ]
    private static let brokenKeys = ["case", "check", "reason"]
    private static let limitKeys = brokenKeys + ["modes"]

    /// Reads and checks the programs of a folder, sorted by name. Throws an `InputError` that names file, line and key.
    package static func loadAll(folder: String) throws(InputError) -> [CompatibilityProgram] {
        try YAMLFolder.files(in: folder).map(load)
    }

    /// Reads and checks one file. Throws `InputError`.
    static func load(_ path: String) throws(InputError) -> CompatibilityProgram {
        let advice = "give the path of a file that describes a program, or a name (--list shows them)"
        return try parse(try InputFile.read(path, advice: advice), file: path)
    }

    /// Checks the text of a program file; `file` is named in errors. Throws `InputError`.
    static func parse(_ text: String, file: String) throws(InputError) -> CompatibilityProgram {
        let root = try YAMLReader(text: text, file: file)
        let entries = try root.entries(keys: keys)
        let cases = try entries["cases"]?.texts() ?? []
        let poolSize = try entries["pool_size"]?.text() ?? "64M"
        if let objection = WorkloadParameter.poolSize.objection(to: poolSize),
            let entry = entries["pool_size"]
        {
            throw entry.error(objection)
        }
        return CompatibilityProgram(
            name: YAMLFolder.baseName(file),
            title: try entries.required("title").text(),
            packages: try entries.required("packages").texts(),
            version: try entries.required("version").text(),
            cases: cases.isEmpty ? [""] : cases,
            quickCases: try quickCases(entries["quick"], cases: cases),
            poolSize: WorkloadParameter.poolSize.normalized(poolSize),
            timeout: try entries["timeout"]?.count(in: 1...86400) ?? 120,
            user: try entries["user"].map(user),
            limits: try (try entries["limits"]?.list() ?? []).map { entry throws(InputError) in
                try limit(entry, cases: cases, keys: limitKeys)
            },
            brokenChecks: try (try entries["broken_checks"]?.list() ?? []).map { entry throws(InputError) in
                try limit(entry, cases: cases, keys: brokenKeys)
            },
            script: try entries.required("run").text())
    }

    private static func user(_ entry: YAMLReader) throws(InputError) -> ProgramUser {
        let name = try entry.text()
        guard let user = ProgramUser(name) else {
            throw entry.error("there is no user \"\(name)\"; give one of /etc/passwd")
        }
        return user
    }

    /// The quick cases; `quick: true` means all cases. Throws `InputError`.
    private static func quickCases(
        _ entry: YAMLReader?, cases: [String]
    ) throws(InputError) -> [String] {
        guard let entry else { return [] }
        if let all = try? entry.flag() { return all ? (cases.isEmpty ? [""] : cases) : [] }
        return try entry.list().map { entry throws(InputError) in try knownCase(entry, cases) }
    }

    private static func limit(
        _ entry: YAMLReader, cases: [String], keys: [String]
    ) throws(InputError) -> Limit {
        let entries = try entry.entries(keys: keys)
        let reason = try entries.required("reason")
        let all = keys.contains("modes") ? [1, 2, 3] : []
        let modes = try entries["modes"]?.list().map { entry throws(InputError) in
            try entry.count(in: 1...3)
        }
        return Limit(
            testCase: try entries["case"].map { entry throws(InputError) in try knownCase(entry, cases) },
            check: try entries["check"]?.text(), modes: modes ?? all, reason: try reason.text())
    }

    private static func knownCase(_ entry: YAMLReader, _ cases: [String]) throws(InputError) -> String {
        let name = try entry.text()
        guard cases.contains(name) else { throw entry.error(Nearest.unknown("case", name, among: cases)) }
        return name
    }
}
