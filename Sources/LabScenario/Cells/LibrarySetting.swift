import LabBase
import Measurement

/// A setting of the library that a scenario may fix under `library:` or vary in its matrix: an environment
/// variable, under a short name or, for those that have none, under its own.
package struct LibrarySetting: Sendable {
    /// Its name in scenarios and cells: "fork_copy".
    package let name: String
    /// The environment variable: "VMMALLOC_FORK_COPY".
    package let variable: String
    /// The valid values; any value is valid if empty.
    let values: [String]
    /// The modes in which it has an effect.
    private let modes: [ForkMode]
    /// The value that leaves the choice to the library, as without the variable; nil if none does.
    private let automatic: String?

    private init(
        name: String, variable: String, values: [String], modes: [ForkMode] = ForkMode.allCases,
        automatic: String? = LibrarySetting.automatic
    ) {
        self.name = name
        self.variable = variable
        self.values = values
        self.modes = modes
        self.automatic = automatic
    }

    /// The value of `fork_copy` that leaves the choice to the library.
    package static let automatic = "auto"
    private static let copying = ForkMode.allCases.filter(\.copies)
    /// The name of the setting that says what a copy may promise.
    package static let forkSpace = "fork_space"
    /// The name of the setting that forces a copy engine.
    package static let forkCopy = "fork_copy"
    /// The name of the setting that says who copies.
    package static let forkCopier = "fork_copier"

    /// The settings that have short names.
    package static let all = [
        LibrarySetting(
            name: forkCopy, variable: "VMMALLOC_FORK_COPY",
            values: [automatic, "reflink", "copy_file_range", "pmem", "memory", "classic"], modes: copying),
        LibrarySetting(
            name: forkSpace, variable: "VMMALLOC_FORK_SPACE", values: ["overcommit", "strict"],
            modes: copying),
        LibrarySetting(
            name: forkCopier, variable: "VMMALLOC_FORK_COPIER", values: ["parent", "child"], modes: copying),
        // Without the variable it depends on the mode: "auto" must be said.
        LibrarySetting(
            name: "fold", variable: "VMMALLOC_FOLD", values: ["off", "auto"],
            modes: [.privateRemap] + copying, automatic: nil),
        LibrarySetting(
            name: "pool_reserve", variable: "VMMALLOC_POOL_RESERVE",
            values: [automatic, "eager", "lazy", "none"]),
    ]

    /// Variables that the matrix sets under its own names.
    private static let taken = ["POOL_DIR": "file_system", "POOL_SIZE": "pool_size", "FORK": "mode"]
    private static let prefix = "VMMALLOC_"

    /// The setting with that name or variable; nil if there is none.
    package static func named(_ name: String) -> LibrarySetting? {
        if let known = all.first(where: { $0.name == name }) { return known }
        guard name.hasPrefix(prefix), !all.contains(where: { $0.variable == name }),
            taken[String(name.dropFirst(prefix.count))] == nil
        else { return nil }
        return LibrarySetting(name: name, variable: name, values: [])
    }

    /// What is wrong with the name of a library variable that is not a setting; nil if it is not one of the library's variables.
    package static func objection(toName name: String) -> String? {
        guard name.hasPrefix(prefix) else { return nil }
        let right = taken[String(name.dropFirst(prefix.count))] ?? all.first { $0.variable == name }?.name
        return right.map { "\"\(name)\" is set by \($0); give that" }
    }

    /// What is wrong with `value`, and what would be right; nil if it is valid.
    func objection(to value: String) -> String? {
        guard !values.isEmpty, !values.contains(value) else { return nil }
        return Nearest.unknown("value", value, among: values)
    }

    /// Whether it can affect what a cell measures.
    func applies(to contender: Contender?) -> Bool {
        guard case .mode(let mode) = contender else { return false }
        return modes.contains(mode)
    }

    /// Whether `value` leaves the choice to the library, as without the variable.
    package func isAutomatic(_ value: String) -> Bool { value == automatic }

    /// The variables that a cell sets.
    package static func environment(of cell: Cell) -> [String: String] {
        var environment: [String: String] = [:]
        for (key, value) in cell.keys {
            guard let setting = named(key), setting.applies(to: cell.contender), value != setting.automatic
            else { continue }
            environment[setting.variable] = value
        }
        return environment
    }
}
