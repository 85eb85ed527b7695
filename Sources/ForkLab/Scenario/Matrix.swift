import Measurement

/// The `matrix:` of a scenario.
struct Matrix {
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
