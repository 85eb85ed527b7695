import LabBase
import Measurement
import WorkloadSchema

/// Which keys a cell of a workload can have, and which values.
package struct CellChecker {
    package let workload: Workload

    /// Checks cells of `workload`.
    package init(workload: Workload) {
        self.workload = workload
    }

    /// All keys, in the order in which they are shown.
    var keys: [String] {
        Cell.leadingKeys + workload.parameters.map(\.name) + LibrarySetting.all.map(\.name)
    }

    /// Whether `key` is allowed although it is not among `keys`: a variable of the library.
    func admits(_ key: String) -> Bool {
        LibrarySetting.named(key) != nil || LibrarySetting.objection(toName: key) != nil
    }

    /// The value for `key` in `reader`, normalized. Throws `InputError` if it is not valid for the key.
    func checked(_ key: String, _ reader: YAMLReader) throws(InputError) -> String {
        let text = try reader.text()
        if let objection = objection(key: key, value: text) { throw reader.error(objection) }
        return normalized(key: key, value: text)
    }

    /// A valid value of `key` in the form that cells use.
    package func normalized(key: String, value: String) -> String {
        workload.parameter(key)?.normalized(value) ?? value
    }

    /// What is wrong with a key or its value; nil if it is valid.
    package func objection(key: String, value: String) -> String? {
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

/// The entries of `include:` and `exclude:`.
extension CellChecker {
    /// The cells under `include:`; each must name what it measures, and where. Throws `InputError`.
    func inclusions(_ entry: YAMLReader?) throws(InputError) -> [[String: String]] {
        try entries(entry).map { reader, keys throws(InputError) in
            switch (keys["mode"], keys["reference"]) {
            case (nil, nil): throw reader.error("names neither a mode nor a reference; give one of them")
            case (_?, _?): throw reader.error("names a mode and a reference; give one of them")
            case (_?, nil) where keys["file_system"] == nil:
                throw reader.error("the key \"file_system\" is missing; a mode needs one for its pool")
            case (nil, _?) where keys["file_system"] != nil:
                throw reader.error("a reference has no pool, so no file_system; drop that key")
            default: return keys
            }
        }
    }

    /// The selectors under `exclude:`, each with its place in the file. Throws `InputError`.
    func exclusions(_ entry: YAMLReader?) throws(InputError) -> [(
        reader: YAMLReader, selector: [String: String]
    )] {
        try entries(entry).map { reader, keys throws(InputError) in
            guard !keys.isEmpty else { throw reader.error("names no key, so it would exclude every cell") }
            return (reader, keys)
        }
    }

    private func entries(
        _ entry: YAMLReader?
    ) throws(InputError) -> [(reader: YAMLReader, keys: [String: String])] {
        guard let entry else { return [] }
        return try entry.list().map { cell throws(InputError) in
            var keys: [String: String] = [:]
            for (key, value) in try cell.mapping(keys: self.keys, admit: admits) {
                keys[key] = try checked(key, value)
            }
            return (cell, keys)
        }
    }
}
