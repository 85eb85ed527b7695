import Glibc
import LabBase

/// The directories of one trial, which vanish with it.
struct TrialPlace {
    /// The program's directory, `{scratch}`.
    let scratch: String
    /// The pool's directory on the file system under test, `{pool_dir}`.
    let pool: String
    /// The file for the server's standard output and error.
    let serverOutput: String
    /// The file for VMMALLOC_FORK_LOG.
    let forkLog: String
    private let root: TemporaryDirectory
    private let poolDirectory: TemporaryDirectory?

    /// Makes the directories for `owner`; the pool's goes below `poolRoot`, or into the scratch directory if that is nil.
    ///
    /// Throws `SystemCallError`.
    init(poolRoot: String?, owner: ProgramUser?) throws(SystemCallError) {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        root = try TemporaryDirectory(in: temporary)
        scratch = root.path + "/scratch"
        serverOutput = root.path + "/server.output"
        forkLog = root.path + "/forks"
        do throws(SystemCallError) {
            poolDirectory = if let poolRoot { try TemporaryDirectory(in: poolRoot) } else { nil }
        } catch {
            root.remove()
            throw error
        }
        pool = poolDirectory?.path ?? scratch
        do throws(SystemCallError) {
            guard mkdir(scratch, 0o700) == 0 else { throw SystemCallError("create \(scratch)") }
            try Self.give([root.path, scratch, pool], to: owner)
        } catch {
            remove()
            throw error
        }
    }

    /// Removes the directories with all their contents.
    func remove() {
        root.remove()
        poolDirectory?.remove()
    }

    // Not inlined: the optimizer of Swift 6.3.1 crashes if it is inlined into init.
    @inline(never)
    private static func give(_ paths: [String], to owner: ProgramUser?) throws(SystemCallError) {
        guard let owner else { return }
        for path in paths where chown(path, owner.id, owner.group) != 0 {
            throw SystemCallError("give \(path) to \(owner.name)")
        }
    }
}

/// The user that a program runs as if forklab runs as root.
package struct ProgramUser: Codable, Equatable, Sendable {
    package let name: String
    let id: uid_t
    let group: gid_t

    /// The user called `name`; nil if there is none.
    package init?(_ name: String) {
        guard let entry = getpwnam(name) else { return nil }
        self.name = name
        id = entry.pointee.pw_uid
        group = entry.pointee.pw_gid
    }

    /// The words to put before a command so that it runs as this user.
    package var prefix: [String] {
        ["setpriv", "--reuid=\(id)", "--regid=\(group)", "--init-groups"]
    }
}
