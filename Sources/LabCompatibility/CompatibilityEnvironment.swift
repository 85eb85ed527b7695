import FoundationEssentials
import Glibc
import LabBase
import LabProcess
import LabRun

/// Where, when, with which library and with which command programs were run.
struct CompatibilityEnvironment: Codable, Equatable, Sendable {
    /// The command: "forklab compatibility redis --json".
    let command: String
    /// The date: "2026-01-31".
    let date: String
    /// The machine without its name: "Linux 6.18, 2 processors, 24.0 GiB, glibc 2.36".
    let machine: String
    /// The file systems: "tmpfs", "working_directory (ext4)".
    let places: [String]
    /// The library: "build 0123456789ab of revision a1b2c3d4e5f6".
    private(set) var library: String

    /// The environment of this machine, today; the revision is that of the checkout that contains `folder`.
    init(fileSystems: [UsableFileSystem], library: String, folder: String) {
        command = Self.ownCommand
        date = String(Date.now.ISO8601Format().prefix(10))
        // The release without the distributor's additions.
        let kernel = HostFacts.system().kernel.split { $0 == "." || $0 == "-" }.prefix(2)
        let memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        machine =
            "Linux \(kernel.joined(separator: ".")), \(Machine.this.processors) processors, "
            + "\(Quantity.bytes(Double(memory))), \(HostFacts.libc())"
        places = fileSystems.map { $0.name == $0.type ? $0.name : "\($0.name) (\($0.type))" }
        let revision = HostFacts.gitRevision(of: folder).map { text in
            let isDirty = text.hasSuffix("-dirty")
            return " of revision \(text.prefix(12))\(isDirty ? "-dirty" : "")"
        }
        self.library = "build \(BuildID.read(path: library)?.prefix(12) ?? "unknown")\(revision ?? "")"
    }

    /// This environment, recorded when the runs began, unless `end`, recorded when they ended, has another library or revision:
    /// then with a note of those.
    func until(_ end: CompatibilityEnvironment) -> CompatibilityEnvironment {
        guard end.library != library else { return self }
        var changed = self
        changed.library += " (when the runs ended: \(end.library))"
        return changed
    }

    /// The command that this process was started with.
    static var ownCommand: String {
        (["forklab"] + CommandLine.arguments.dropFirst()).joined(separator: " ")
    }

    /// The part that is the same in runs that belong together.
    private var common: String { "\(date), \(machine); libvmmalloc \(library)" }

    /// One line for all environments that differ only in command and places: "2026-01-31, Linux ..., on tmpfs".
    static func summary(of environments: [CompatibilityEnvironment]) -> [String] {
        var lines: [(common: String, places: [String])] = []
        for environment in environments {
            let index = lines.firstIndex { $0.common == environment.common } ?? lines.count
            if index == lines.count { lines.append((environment.common, [])) }
            lines[index].places += environment.places.filter { !lines[index].places.contains($0) }
        }
        return lines.map {
            "\($0.common); pools and working directories on \($0.places.joined(separator: ", "))"
        }
    }
}
