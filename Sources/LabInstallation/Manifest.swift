import Glibc
import LabBase

/// What an installation has laid, kept beside it, so that it can be removed again and nothing else with it.
struct Manifest: Codable {
    /// Where it lies, below the prefix.
    static let path = "share/doc/libvmmalloc/manifest.json"

    /// "libvmmalloc".
    var name = "libvmmalloc"
    /// Of the library.
    var version = Layout.version
    /// What was laid. While an update is under way a path may be there twice, as it was and as it will be.
    var items: [Item]
    /// Folders that were made, below the prefix; the prefix itself is ".".
    var folders: [String]

    /// One thing that was laid, and how to know it again.
    struct Item: Codable, Equatable {
        /// Below the prefix.
        let path: String
        /// Where a symbolic link leads; absent for a file.
        var target: String?
        /// Bytes of a file.
        var size: Int64?
        /// When a file was last changed, in seconds since 1970.
        var modified: Int64?
    }

    /// The manifest of the installation whose prefix is the folder at `root`; nil if there is none.
    ///
    /// Throws `InputError` for a file that is no manifest.
    static func read(in root: String) throws -> Manifest? {
        let file = "\(root)/\(path)"
        // What is no file was not laid by us, and reading it might never end.
        guard case .file = try PathState(file) else { return nil }
        let text = try TextFile.read(file)
        guard let manifest = try? JSONLine.decode(Manifest.self, from: text), manifest.isSafe else {
            throw InputError(
                file, "is no manifest of an installation; remove what is installed by hand, and this file")
        }
        return manifest
    }

    /// Whether no path leads out of the prefix.
    private var isSafe: Bool {
        name == "libvmmalloc"
            && (items.map(\.path) + folders).allSatisfy {
                !$0.isEmpty && !$0.hasPrefix("/") && !$0.split(separator: "/").contains("..")
            }
    }

    /// Whether what lies at `path` is what was laid there.
    func knows(_ state: PathState, at path: String) -> Bool {
        items.contains { $0.path == path && state.isSame(as: $0) }
    }
}

/// What lies at a path, links not followed.
enum PathState: Equatable {
    case nothing
    case file(size: Int64, modified: Int64)
    case link(String)
    case folder
    case other

    /// Looks.
    init(_ path: String) throws(SystemCallError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw SystemCallError("stat \(path)") }
            self = .nothing
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file(size: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec))
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link(try RealPath.linkTarget(path))
        default: self = .other
        }
    }

    /// Whether it is what a manifest noted.
    func isSame(as item: Manifest.Item) -> Bool {
        switch self {
        case .file(let size, let modified):
            item.target == nil && item.size == size && item.modified == modified
        case .link(let target): item.target == target
        case .nothing, .folder, .other: false
        }
    }
}
