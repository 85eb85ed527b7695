import LabBase
import LabRun
import LabScenario

/// The scenarios of a folder, and the file systems that a run could use here.
package struct Listing: Codable, Sendable {
    /// One scenario file.
    struct Entry: Codable, Sendable {
        /// Path of the file.
        let path: String
        /// The title of the scenario.
        let title: String
        /// The question of the scenario.
        let question: String
    }

    /// The scenarios, by name.
    let scenarios: [Entry]
    /// The file systems that pools could be on.
    let fileSystems: [UsableFileSystem]
    /// The file systems that are not available, and why.
    let skipped: [Skipped]

    /// Reads every scenario in a folder and looks for every kind of file system.
    ///
    /// Throws `InputError` for a scenario that is not valid.
    package init(scenarioFolder: String) throws(InputError) {
        scenarios = try YAMLFolder.files(in: scenarioFolder).map { path throws(InputError) in
            let scenario = try Scenario.load(path: path)
            return Entry(path: path, title: scenario.title, question: scenario.question)
        }
        let selection = FileSystemSelection(here: FileSystemName.allNames.compactMap(FileSystemName.init))
        fileSystems = selection.usable
        skipped = selection.skipped
    }

    /// The listing as text for a terminal.
    package var text: String {
        let lines =
            ["Scenarios:"] + scenarios.map { "  \($0.path)  \($0.title)\n      \($0.question)" }
            + ["", "File systems:"] + fileSystems.map { "  \($0.description)" }
            + skipped.map { "  \($0.description)" }
        return lines.joined(separator: "\n")
    }
}
