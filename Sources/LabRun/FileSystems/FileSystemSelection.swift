import Glibc
import LabBase
import LabScenario
import Measurement

/// The file systems that a run uses, and those that are not available.
package struct FileSystemSelection: Sendable {
    /// The usable ones, in the order of the scenario.
    package private(set) var usable: [UsableFileSystem] = []
    /// The missing ones, each with the reason, in the order of the scenario.
    package private(set) var missing: [Missing] = []

    /// A file system that is not available.
    package struct Missing: Sendable {
        /// The name that the user gave it.
        package let name: FileSystemName
        /// Why it is missing, and what would help.
        package let reason: String

        /// `name` is missing because of `reason`.
        package init(name: FileSystemName, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// The missing ones as a run records them.
    package var skipped: [Skipped] {
        missing.map { Skipped(what: "file_system=\($0.name.text)", reason: $0.reason) }
    }

    /// Finds `names` here, and makes those that must be made.
    ///
    /// `fixtures` makes them; its mounts last as long as this process. Unavailable ones go into `missing`.
    package init(_ names: [FileSystemName], fixtures: LoopFixtures) {
        var seenDirectories: [String: String] = [:]
        for name in names {
            do {
                let directory = try Self.directory(of: name, fixtures)
                let mounts = Mount.visible()
                let found = try UsableFileSystem(name: name.text, directory: directory, mounts: mounts)
                if let twin = seenDirectories[directory] {
                    skip(name, "is the same directory as \(twin)")
                } else {
                    seenDirectories[directory] = name.text
                    usable.append(found)
                }
            } catch let error as Unavailable {
                skip(name, error.reason)
            } catch {
                skip(name, "\(error)")
            }
        }
    }

    /// Finds `names` here; images for those that must be made go into the working directory.
    package init(here names: [FileSystemName]) {
        self.init(names, fixtures: LoopFixtures(imageDirectory: RealPath.resolve(".") ?? "."))
    }

    private mutating func skip(_ name: FileSystemName, _ reason: String) {
        missing.append(Missing(name: name, reason: reason))
    }

    private static func directory(of name: FileSystemName, _ fixtures: LoopFixtures) throws -> String {
        switch name {
        case .tmpfs: return try tmpfs()
        case .workingDirectory: return try writable(".")
        case .directory(let path): return try writable(path)
        case .hugeTmpfs(let policy): return try fixtures.makeTmpfs(policy)
        case .loop(let type): return try fixtures.make(type)
        case .small(let type): return try fixtures.makeSmall(type)
        }
    }

    private static func writable(_ path: String) throws(Unavailable) -> String {
        guard let resolved = RealPath.resolve(path) else {
            throw Unavailable("\(path) does not exist; give a directory that does")
        }
        guard access(resolved, W_OK | X_OK) == 0 else {
            throw Unavailable("\(resolved) is not writable; give a directory that is")
        }
        return resolved
    }

    private static func tmpfs() throws(Unavailable) -> String {
        let mounts = Mount.visible()
        let candidates = ["/dev/shm", getenv("TMPDIR").map { String(cString: $0) }, "/tmp", "/run"]
        for case let candidate? in candidates {
            if let directory = try? writable(candidate),
                Mount.containing(directory, in: mounts)?.type == "tmpfs"
            {
                return directory
            }
        }
        throw Unavailable("no writable tmpfs at /dev/shm, TMPDIR, /tmp or /run; mount one at /dev/shm")
    }
}

/// Why a file system cannot be used, and what would help.
struct Unavailable: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
