import LabBase
import SystemPackage

/// A folder of YAML files.
package enum YAMLFolder {
    /// The paths of the files that end in ".yaml", sorted. Throws `InputError` if it cannot be read.
    package static func files(in folder: String) throws(InputError) -> [String] {
        guard let names = Folder.read(folder) else { throw InputError(folder, "cannot be read") }
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    /// "quickstart" for "Scenarios/quickstart.yaml".
    package static func baseName(_ path: String) -> String {
        // FilePath takes ".yaml" for a stem without an extension.
        guard let file = FilePath(path).lastComponent, file.extension != nil || !file.string.hasPrefix(".")
        else { return "scenario" }
        return file.stem
    }
}
