import CProcess
import Glibc
import SystemPackage

/// Where output goes: the target of a path, with its symbolic links followed to the end.
///
/// A regular file is replaced whole and keeps its mode and owner. A target without content to keep is written directly.
/// Any target that either would harm is refused.
package enum OutputTarget {
    /// Nothing is there yet.
    case nothing(path: String)
    /// A regular file.
    case file(path: String, status: stat)
    /// A FIFO or a character device, or a file that another process has open.
    case stream(path: String)
    /// An open file of this process, by a name such as /dev/stdout.
    case descriptor(Int32)

    /// Finds out where `path` leads.
    ///
    /// Throws `SystemCallError` if it leads nowhere, or to something that cannot take output.
    package init(_ path: String) throws(SystemCallError) {
        var next = path
        // As many links as the kernel follows. Source: path_resolution(7).
        for _ in 0...40 {
            let (folder, name) = try Self.split(next, named: path)
            let here = FilePath(folder).appending(name).string
            var status = stat()
            guard lstat(here, &status) == 0 else {
                guard errno == ENOENT else { throw SystemCallError("write \(path)") }
                self = .nothing(path: here)
                return
            }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                self = try Self.target(at: here, status, named: path)
                return
            }
            // The kernel's own links lead to open files: the file may have no name, or its name may belong to another by now.
            if cp_is_proc(folder) {
                self = Self.ownDescriptor(folder, name).map(Self.descriptor) ?? .stream(path: here)
                return
            }
            let link = try RealPath.linkTarget(here)
            next = link.hasPrefix("/") ? link : "\(folder)/\(link)"
        }
        throw SystemCallError("write \(path)", code: ELOOP)
    }

    /// The kinds of file, as far as output cares. Source: inode(7).
    enum Kind {
        case regular, stream, refused(reason: String, code: Int32)

        /// The kind of a file with the mode `mode`.
        init(_ mode: mode_t) {
            self =
                switch mode & S_IFMT {
                case S_IFREG: .regular
                case S_IFIFO, S_IFCHR: .stream
                case S_IFDIR: .refused(reason: "", code: EISDIR)
                case S_IFBLK: .refused(reason: ", a block device", code: EPERM)
                case S_IFSOCK: .refused(reason: ", a socket", code: ENXIO)
                default: .refused(reason: "", code: EPERM)
                }
        }
    }

    private static func target(
        at here: String, _ status: stat, named path: String
    ) throws(SystemCallError) -> OutputTarget {
        switch Kind(status.st_mode) {
        case .refused(let reason, let code): throw SystemCallError("write \(path)\(reason)", code: code)
        case .stream: return .stream(path: here)
        case .regular:
            // A draft would get past this: creating it only needs permission for the folder.
            guard faccessat(AT_FDCWD, here, W_OK, AT_EACCESS) == 0 else {
                throw SystemCallError("write \(path)")
            }
            return .file(path: here, status: status)
        }
    }

    /// The folder of `path`, resolved, and the name within it.
    private static func split(
        _ path: String, named given: String
    ) throws(SystemCallError) -> (folder: String, name: String) {
        let parent = RealPath.folder(of: path)
        let name = String(
            path.suffix(from: path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex))
        guard let folder = RealPath.resolve(parent.isEmpty ? "/" : parent) else {
            throw SystemCallError("write \(given)")
        }
        guard !["", ".", ".."].contains(name) else { throw SystemCallError("write \(given)", code: EISDIR) }
        return (folder, name)
    }

    private static func ownDescriptor(_ folder: String, _ name: String) -> Int32? {
        RealPath.resolve("/proc/self/fd") == folder ? Int32(name) : nil
    }
}
