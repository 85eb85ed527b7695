import FoundationEssentials
import Glibc
import Measurement

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
    private let root: String

    /// Makes them for `owner`; the pool's below `poolRoot`, or in the scratch directory if that is nil.
    ///
    /// Throws `SystemCallError`.
    init(poolRoot: String?, owner: ProgramUser?) throws(SystemCallError) {
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        root = try Self.makeDirectory(in: temporary, owner: owner)
        scratch = root + "/scratch"
        serverOutput = root + "/server.output"
        forkLog = root + "/forks"
        do {
            try Self.make(scratch, owner: owner)
            pool =
                try poolRoot.map { path throws(SystemCallError) in
                    try Self.makeDirectory(in: path, owner: owner)
                } ?? scratch
        } catch {
            try? FileManager.default.removeItem(atPath: root)
            throw error
        }
    }

    /// Removes them with all that lies in them.
    func remove() {
        for path in [root, pool] { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func makeDirectory(in folder: String, owner: ProgramUser?) throws(SystemCallError)
        -> String
    {
        var template = Array("\(folder)/forklab-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("make a directory in \(folder)") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try give(path, to: owner)
        return path
    }

    private static func make(_ path: String, owner: ProgramUser?) throws(SystemCallError) {
        guard mkdir(path, 0o700) == 0 else { throw SystemCallError("create \(path)") }
        try give(path, to: owner)
    }

    private static func give(_ path: String, to owner: ProgramUser?) throws(SystemCallError) {
        guard let owner else { return }
        guard chown(path, owner.id, owner.group) == 0 else {
            throw SystemCallError("give \(path) to \(owner.name)")
        }
    }
}

/// The user that a program runs as where forklab runs as root.
struct ProgramUser: Equatable, Sendable {
    let name: String
    let id: uid_t
    let group: gid_t

    /// The user of that name; nil if there is none.
    init?(_ name: String) {
        guard let entry = getpwnam(name) else { return nil }
        self.name = name
        id = entry.pointee.pw_uid
        group = entry.pointee.pw_gid
    }

    /// What must stand before a command for it to run as this user.
    var prefix: [String] { ["setpriv", "--reuid=\(id)", "--regid=\(group)", "--init-groups"] }
}
