import Glibc
import Measurement

/// The scenarios of a folder, and the file systems that a run could use here.
public struct Listing: Codable, Sendable {
    /// One scenario file.
    public struct Entry: Codable, Sendable {
        /// Path of the file.
        public let path: String
        /// Its title.
        public let title: String
        /// What it asks.
        public let question: String
    }

    /// The scenarios, by name.
    public let scenarios: [Entry]
    /// The file systems that pools could lie on.
    public let fileSystems: [UsableFileSystem]
    /// Those that are not to be had.
    public let skipped: [Skipped]

    /// Reads every scenario of a folder and looks at every kind of file system.
    ///
    /// Throws `InputError` for a scenario that is not valid.
    public init(scenarioFolder: String) throws(InputError) {
        scenarios = try Self.files(in: scenarioFolder).map { path throws(InputError) in
            let scenario = try Scenario.load(path: path)
            return Entry(path: path, title: scenario.title, question: scenario.question)
        }
        let fixtures = LoopFixtures(imageDirectory: RealPath.resolve(".") ?? ".")
        let selection = FileSystemSelection(
            FileSystemName.allNames.compactMap(FileSystemName.init), fixtures: fixtures)
        fileSystems = selection.usable
        skipped = selection.skipped
    }

    /// For a terminal.
    public var text: String {
        let lines =
            ["Scenarios:"] + scenarios.map { "  \($0.path)  \($0.title)\n      \($0.question)" }
            + ["", "File systems:"] + fileSystems.map { "  \($0.description)" }
            + skipped.map { "  \($0.description)" }
        return lines.joined(separator: "\n")
    }

    private static func files(in folder: String) throws(InputError) -> [String] {
        guard let directory = opendir(folder) else { throw InputError(folder, "cannot be read") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") { names.append("\(folder)/\(name)") }
        }
        return names.sorted()
    }
}
