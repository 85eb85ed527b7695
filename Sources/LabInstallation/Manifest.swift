import Glibc
import LabBase
import SystemPackage

/// The record of an installation, kept beside it, so that exactly what was installed can be removed again.
struct Manifest: Codable {
    /// The path of the manifest, relative to the prefix.
    static let path = "share/doc/libvmmalloc/manifest.json"

    /// The name of the product: "libvmmalloc".
    var name = "libvmmalloc"
    /// The version of the library.
    var version = ForkLabVersion.text
    /// The installed files and links. During an update a path may occur twice, as it was and as it will be.
    var items: [Item]
    /// Folders that were made, relative to the prefix; the prefix itself is ".".
    var folders: [String]

    /// An installed file or link, and how to recognise it.
    struct Item: Codable, Equatable {
        /// Its path, relative to the prefix.
        let path: String
        /// The target of a symbolic link; absent for a file.
        var target: String?
        /// The size of a file in bytes.
        var size: Int64?
        /// The modification time of a file, in seconds since 1970.
        var modified: Int64?
    }

    /// The manifest of the installation whose prefix is the folder at `root`; nil if there is none.
    ///
    /// Throws `InputError` for a file that is not a manifest, `SystemCallError` if it cannot be looked at.
    static func read(in root: String) throws -> Manifest? {
        let file = "\(root)/\(path)"
        // Something that is not a file was not installed by us, and reading it might never end.
        guard case .file = try PathState(file) else { return nil }
        let text = try TextFile.read(file)
        guard let manifest = try? JSONLine.decode(Manifest.self, from: text), manifest.isSafe else {
            throw InputError(
                file, "is not a manifest of an installation; remove what is installed by hand, and this file")
        }
        return manifest
    }

    /// Whether no path leads out of the prefix.
    private var isSafe: Bool {
        name == "libvmmalloc"
            && (items.map(\.path) + folders).map { FilePath($0) }.allSatisfy {
                !$0.isEmpty && $0.isRelative && !$0.components.contains { $0.kind == .parentDirectory }
            }
    }

    /// Whether `state`, that of `path`, is what was installed there.
    func knows(_ state: PathState, at path: String) -> Bool {
        items.contains { $0.path == path && state.isSame(as: $0) }
    }
}

/// The state of a path, links not followed.
enum PathState: Equatable {
    case nothing
    case file(size: Int64, modified: Int64)
    case link(String)
    case folder
    case other

    /// Looks at `path`. Throws `SystemCallError`.
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

    /// Whether it is as a manifest recorded it.
    func isSame(as item: Manifest.Item) -> Bool {
        switch self {
        case .file(let size, let modified):
            item.target == nil && item.size == size && item.modified == modified
        case .link(let target): item.target == target
        case .nothing, .folder, .other: false
        }
    }
}
