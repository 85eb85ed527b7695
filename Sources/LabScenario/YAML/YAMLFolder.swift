import LabBase

/// A folder of YAML files.
package enum YAMLFolder {
    /// The paths of the files that end in ".yaml", sorted. Throws `InputError` if it cannot be read.
    package static func files(in folder: String) throws(InputError) -> [String] {
        guard let names = Folder.read(folder) else { throw InputError(folder, "cannot be read") }
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    /// "quickstart" for "Scenarios/quickstart.yaml".
    package static func baseName(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        let dot = file.lastIndex(of: ".") ?? file.endIndex
        return dot == file.startIndex ? "scenario" : String(file[..<dot])
    }
}
