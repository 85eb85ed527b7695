import FoundationEssentials
import Glibc

/// Where, when and by which command programs were run: the head of the document.
public struct CompatibilityEnvironment: Sendable {
    /// "forklab compatibility --markdown docs/compatibility.md".
    let command: String
    /// "2026-01-31".
    let date: String
    /// "Linux 6.18, 2 processors, 24.0 GiB, glibc 2.36": no names.
    let machine: String
    /// "tmpfs, working_directory (ext4)".
    let places: String

    /// This machine, today.
    public init(fileSystems: [UsableFileSystem]) {
        command = (["forklab"] + CommandLine.arguments.dropFirst()).joined(separator: " ")
        date = String(Date.now.ISO8601Format().prefix(10))
        // The release without what a distributor adds to it.
        let kernel = HostFacts.system().kernel.split { $0 == "." || $0 == "-" }.prefix(2)
        let memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        machine =
            "Linux \(kernel.joined(separator: ".")), \(Machine.this.processors) processors, "
            + "\(Quantity.bytes(Double(memory))), \(HostFacts.libc())"
        places = fileSystems.map { $0.name == $0.type ? $0.name : "\($0.name) (\($0.type))" }
            .joined(separator: ", ")
    }
}
