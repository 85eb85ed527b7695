import LabBase
import LabProcess
import LabRun
import LabScenario

/// Everything that doctor found, by topic.
package struct Diagnosis: Codable, Sendable {
    /// The findings on one topic.
    struct Topic: Codable, Equatable, Sendable {
        /// The title: "Kernel", or a directory with its mount.
        let title: String
        /// The findings in the order in which they are shown.
        let findings: [Finding]
    }

    /// Version of this record.
    var schema = 1
    /// The topics in the order in which they are shown.
    let topics: [Topic]

    /// A diagnosis of these topics.
    init(topics: [Topic]) { self.topics = topics }

    /// Looks at this machine, at `directories` (the tmpfs and the working directory if empty), and
    /// at the library at the path `library`, which is nil if there is none. Takes less than a second.
    ///
    /// Throws `InputError` for a path that is not a directory.
    package init(directories: [String], library: String?) throws(InputError) {
        let names = try Self.fileSystemNames(directories)
        let selection = FileSystemSelection(
            names, fixtures: LoopFixtures(imageDirectory: RealPath.resolve(".") ?? "."))
        // A user who names a directory wants to know about that one; if a default is missing, that is a finding.
        self.init(
            machine: .this, fileSystems: selection.usable, missing: selection.missing, library: library)
    }

    package init(
        machine: Machine, fileSystems: [UsableFileSystem], missing: [FileSystemSelection.Missing],
        library: String?
    ) {
        var topics = [
            Self.topic("Kernel and memory", Self.system, machine),
            Self.topic("Noise", Self.noise, machine),
            Self.topic("Programs", [ToolsCheck(), ReferencesCheck()], machine),
        ]
        topics += fileSystems.map { fileSystem in
            Self.topic(
                "\(fileSystem.directory): \(fileSystem.type) (\(fileSystem.mountOptions))",
                [
                    LibraryCheck(library: library, directory: fileSystem.directory),
                    DirectoryCheck(fileSystem: fileSystem),
                ], machine)
        }
        topics += missing.map {
            Topic(title: $0.name.text, findings: [Finding(.missing, "directory", $0.reason)])
        }
        self.topics = topics
    }

    private static let system: [any DoctorCheck] = [
        KernelCheck(), MemoryCheck(), OvercommitCheck(), HugePagesCheck(), LimitsCheck(),
    ]
    private static let noise: [any DoctorCheck] = [ProcessorCheck(), NoiseCheck()]

    private static func topic(_ title: String, _ checks: [any DoctorCheck], _ machine: Machine) -> Topic {
        Topic(title: title, findings: checks.flatMap { $0.findings(on: machine) })
    }

    private static func fileSystemNames(_ directories: [String]) throws(InputError) -> [FileSystemName] {
        guard !directories.isEmpty else { return [.tmpfs, .workingDirectory] }
        return try directories.map { directory throws(InputError) in
            guard let path = RealPath.resolve(directory) else {
                throw InputError(directory, "no such directory; give one that exists")
            }
            guard Folder.exists(path) else { throw InputError(directory, "is not a directory; give one") }
            return .directory(path)
        }
    }

    /// The findings of all topics.
    package var findings: [Finding] { topics.flatMap(\.findings) }

    /// Whether nothing hurts and nothing is missing.
    package var isClean: Bool { !findings.contains { $0.state == .hurts || $0.state == .missing } }

    /// The diagnosis as text for a terminal.
    package var text: String {
        let width = findings.map(\.subject.count).max() ?? 0
        let blocks = topics.map { topic in
            ([topic.title] + topic.findings.map { $0.line(subjectWidth: width) }).joined(separator: "\n")
        }
        return (blocks + [conclusion]).joined(separator: "\n\n")
    }

    private var conclusion: String {
        let counts = Finding.State.allCases.compactMap { state in
            let count = findings.count { $0.state == state }
            return count == 0 ? nil : "\(count) \(state.rawValue)"
        }
        return counts.joined(separator: ", ")
    }
}
