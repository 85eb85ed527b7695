import LabBase
import Measurement

/// The `matrix:` of a scenario.
struct Matrix {
    var contenders: [Contender] = []
    var fileSystems: [FileSystemName] = []
    var axes: [Scenario.Axis] = []

    /// The limit before exclusions. Nobody waits for more, and plans of millions would not fit into memory.
    private static let mostCells = 10_000

    /// Reads the matrix. Parameters in `fixed`, each with the key under which it is set, must not vary. Throws `InputError`.
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
        let modes = contenders.count { $0.key == "mode" }
        let hasMode = modes > 0
        if contenders.isEmpty { throw entry.error("names neither a mode nor a reference; give one at least") }
        if hasMode && fileSystems.isEmpty {
            throw entry.error(
                "the key \"file_system\" is missing; give \(FileSystemName.allNames.joined(separator: ", ")) "
                    + "or an absolute path")
        }
        let heads = modes * fileSystems.count + contenders.count - modes
        let (count, isBeyond) = axes.reduce((heads, false)) { product, axis in
            let (count, isBeyond) = product.0.multipliedReportingOverflow(by: axis.values.count)
            return (count, product.1 || isBeyond)
        }
        guard !isBeyond, count <= Self.mostCells else {
            throw entry.error(
                "has \(isBeyond ? "far too many" : "\(count)") cells; vary less, to \(Self.mostCells) at most"
            )
        }
    }
}
