import CLinux

/// The directory for pool files, which are created at start and at each fork that copies.
///
/// Programs change their working directory, their root, their user and the memory of their environment. So the library keeps
/// a descriptor of the directory, and a copy of its absolute path in case the program closes that. A path that leads to
/// another directory by then is refused.
public struct PoolDirectory: ~Copyable {
    private var kept: KeptDescriptor
    private let path: UnsafePointer<CChar>

    /// The directory as seen by code that creates files in it but does not own the descriptor.
    public struct Place {
        fileprivate let descriptor: DescriptorReference
        fileprivate let path: UnsafePointer<CChar>
    }

    /// See `Place`.
    var place: Place { Place(descriptor: kept.reference, path: path) }

    /// The size of the memory for the path, in bytes.
    public static let pathCapacity = Int(PATH_MAX)

    /// Opens the directory at `path`, relative or absolute. `memory` has room for `pathCapacity` bytes and lives as long as the
    /// directory. Throws what open(2) throws, such as ENOENT, ENOTDIR or EACCES.
    init(_ path: UnsafePointer<CChar>, memory: UnsafeMutablePointer<CChar>) throws(SystemError) {
        self.path = UnsafePointer(memory)
        let opened = try Self.open(path)
        // realpath(3) may allocate. The kernel knows the path, too.
        var link = MessageLine()
        link.append("/proc/self/fd/")
        link.append(UInt64(truncatingIfNeeded: Int(opened)))
        let length = try? link.withCString { (link) throws(SystemError) in
            try Linux.readLink(link, memory, capacity: Self.pathCapacity &- 1)
        }
        memory[max(0, length ?? 0)] = 0
        kept = try KeptDescriptor(keeping: opened)
        // If the program may have only a few descriptors, the path must do.
        if let limit = Linux.softLimit(RLIMIT_NOFILE), limit < 64 { kept.close() }
    }

    fileprivate static func open(_ path: UnsafePointer<CChar>) throws(SystemError) -> CInt {
        try Linux.open(path, flags: O_PATH | O_DIRECTORY | O_CLOEXEC)
    }
}

extension PoolDirectory.Place {
    /// Opens a new file without a name, readable only by its owner and closed by exec. Throws EMFILE or ENFILE if there is no free
    /// descriptor, ENOENT if the directory is gone, and what else open(2) throws. Any thread, in any phase of a fork.
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
            // EOPNOTSUPP comes from a file system without O_TMPFILE, EISDIR from an old kernel.
            guard error.code == EOPNOTSUPP || error.code == EISDIR else { throw error }
            return try createNamedFile(in: directory)
        }
    }

    /// For file systems without O_TMPFILE (NFS, FUSE): the name lasts until the next line.
    private static func createNamedFile(in directory: CInt) throws(SystemError) -> CInt {
        while true {
            var name = MessageLine()
            name.append(".vmmalloc-")
            name.append(KernelClock.nanoseconds)
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
