import CLinux

/// The directory that pool files are created in: at start, and at each fork that copies.
///
/// Programs change their working directory, their root, their user and the memory that their environment lies in:
/// so the directory is kept by a descriptor, and by a copy of its absolute path in case that is closed. A path that
/// leads to another directory by then is refused.
public struct PoolDirectory: ~Copyable {
    private var kept: KeptDescriptor
    private let path: UnsafePointer<CChar>

    /// The directory for who creates files in it and does not own it.
    public struct Place {
        fileprivate let descriptor: DescriptorReference
        fileprivate let path: UnsafePointer<CChar>
    }

    /// See `Place`.
    var place: Place { Place(descriptor: kept.reference, path: path) }

    /// Bytes for the path that `init` copies.
    public static let pathCapacity = Int(PATH_MAX)

    /// Opens the directory at `path`, relative or absolute. `memory` has room for `pathCapacity` bytes and lives on.
    init(_ path: UnsafePointer<CChar>, memory: UnsafeMutablePointer<CChar>) throws(SystemError) {
        self.path = UnsafePointer(memory)
        let opened = try Self.open(path)
        // realpath(3) may allocate; the kernel knows the path too.
        var link = MessageLine()
        link.append("/proc/self/fd/")
        link.append(UInt64(truncatingIfNeeded: Int(opened)))
        let length = try? link.withCString { (link) throws(SystemError) in
            try Linux.readLink(link, memory, capacity: Self.pathCapacity &- 1)
        }
        memory[max(0, length ?? 0)] = 0
        kept = try KeptDescriptor(keeping: opened)
        // Where the program may have few, the path must do.
        if let limit = Linux.softLimit(RLIMIT_NOFILE), limit < 64 { kept.close() }
    }

    fileprivate static func open(_ path: UnsafePointer<CChar>) throws(SystemError) -> CInt {
        try Linux.open(path, flags: O_PATH | O_DIRECTORY | O_CLOEXEC)
    }
}

extension PoolDirectory.Place {
    /// Opens a file without a name, readable by its owner only and closed by exec.
    func createFile() throws(SystemError) -> CInt {
        if let directory = descriptor.verified { return try Self.createFile(in: directory) }
        let reopened = try PoolDirectory.open(path)
        defer { Linux.close(reopened) }
        guard descriptor.names(sameAs: reopened) else { throw SystemError(ENOENT) }
        return try Self.createFile(in: reopened)
    }

    private static let ownerOnly: mode_t = 0o600

    private static func createFile(in directory: CInt) throws(SystemError) -> CInt {
        do throws(SystemError) {
            return try Linux.open(
                ("." as StaticString).cString, in: directory, flags: LINUX_O_TMPFILE | O_RDWR | O_CLOEXEC,
                mode: ownerOnly)
        } catch {
            // A file system without O_TMPFILE says EOPNOTSUPP, an old kernel EISDIR.
            guard error.code == EOPNOTSUPP || error.code == EISDIR else { throw error }
            return try createNamedFile(in: directory)
        }
    }

    /// Where O_TMPFILE is missing (NFS, FUSE): a name that lasts until the next line.
    private static func createNamedFile(in directory: CInt) throws(SystemError) -> CInt {
        while true {
            var name = MessageLine()
            name.append(".vmmalloc-")
            name.append(Linux.nanoseconds)
            name.append("-")
            name.append(UInt64(truncatingIfNeeded: Int(Linux.processID)))
            do throws(SystemError) {
                return try name.withCString { (name) throws(SystemError) in
                    let fd = try Linux.open(
                        name, in: directory, flags: O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode: ownerOnly)
                    try Linux.unlink(name, in: directory)
                    return fd
                }
            } catch {
                guard error.code == EEXIST else { throw error }
            }
        }
    }
}
