import Measurement

/// The `matrix:` of a scenario.
struct Matrix {
    var contenders: [Contender] = []
    var fileSystems: [FileSystemName] = []
    var axes: [Scenario.Axis] = []

    /// Reads the matrix; what is `fixed`, by the key that it stands under, must not vary.
    init(
        _ entry: YAMLReader, checker: CellChecker, fixed: [(place: String, values: [String: String])]
    ) throws(InputError) {
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
                if let place = fixed.first(where: { $0.values[key] != nil })?.place {
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
