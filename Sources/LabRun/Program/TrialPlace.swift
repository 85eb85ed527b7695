import Glibc
import LabBase

/// The directories of one trial, which vanish with it.
struct TrialPlace {
    /// For the program: `{scratch}`.
    let scratch: String
    /// On the file system under test: `{pool_dir}`.
    let pool: String
    /// What the server writes to standard output and error.
    let serverOutput: String
    /// VMMALLOC_FORK_LOG.
    let forkLog: String
    private let root: TemporaryDirectory
    private let poolDirectory: TemporaryDirectory?

    /// Makes them for `owner`; the pool's below `poolRoot`, or in the scratch directory if that is nil.
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

    /// Removes them with all that lies in them.
    func remove() {
        root.remove()
        poolDirectory?.remove()
    }

    // Not inlined: the optimizer of Swift 6.3.1 crashes on it within init.
    @inline(never)
    private static func give(_ paths: [String], to owner: ProgramUser?) throws(SystemCallError) {
        guard let owner else { return }
        for path in paths where chown(path, owner.id, owner.group) != 0 {
            throw SystemCallError("give \(path) to \(owner.name)")
        }
    }
}

/// The user that a program runs as where forklab runs as root.
package struct ProgramUser: Codable, Equatable, Sendable {
    package let name: String
    let id: uid_t
    let group: gid_t

    /// The user of that name; nil if there is none.
    package init?(_ name: String) {
        guard let entry = getpwnam(name) else { return nil }
        self.name = name
        id = entry.pointee.pw_uid
        group = entry.pointee.pw_gid
    }

    /// What must stand before a command for it to run as this user.
    package var prefix: [String] {
        ["setpriv", "--reuid=\(id)", "--regid=\(group)", "--init-groups"]
    }
}
