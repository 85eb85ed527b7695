import LabBase
import LabRun
import LabScenario

/// The scenarios of a folder, and the file systems that a run could use here.
package struct Listing: Codable, Sendable {
    /// One scenario file.
    struct Entry: Codable, Sendable {
        /// Path of the file.
        let path: String
        /// Its title.
        let title: String
        /// What it asks.
        let question: String
    }

    /// The scenarios, by name.
    let scenarios: [Entry]
    /// The file systems that pools could lie on.
    let fileSystems: [UsableFileSystem]
    /// Those that are not to be had.
    let skipped: [Skipped]

    /// Reads every scenario of a folder and looks at every kind of file system.
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

    /// For a terminal.
    package var text: String {
        let lines =
            ["Scenarios:"] + scenarios.map { "  \($0.path)  \($0.title)\n      \($0.question)" }
            + ["", "File systems:"] + fileSystems.map { "  \($0.description)" }
            + skipped.map { "  \($0.description)" }
        return lines.joined(separator: "\n")
    }
}
