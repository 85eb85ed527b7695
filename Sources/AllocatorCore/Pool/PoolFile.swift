import CLinux

/// A pool file: without a name from birth, readable by its owner only, closed by exec.
///
/// The program may close or reuse any descriptor, so ours is kept out of the way and is checked against the
/// file's identity before each use: never is somebody else's file mapped, copied or closed.
public struct PoolFile {
    /// The descriptor under which the file was opened. Use `verified` instead.
    public let fd: CInt
    /// The file system's device and the file's inode: what the descriptor must still name.
    public let device: dev_t
    /// See `device`.
    public let inode: ino_t
    /// Whether the file system keeps its files in memory (tmpfs): there fallocate(2) writes zeroes.
    public let isTmpfs: Bool

    /// Creates a pool file of `size` bytes in the directory at `path`, sparse as yet.
    public static func create(in path: UnsafePointer<CChar>, size: Int) throws(SystemError) -> PoolFile {
        let opened = try open(in: path)
        let fd = moveAway(opened)
        do throws(SystemError) {
            try Linux.truncate(fd, to: size)
            let status = try Linux.status(of: fd)
            let fileSystem = try Linux.fileSystemStatus(of: fd)
            return PoolFile(
                fd: fd, device: status.st_dev, inode: status.st_ino,
                isTmpfs: Int64(fileSystem.f_type) == LINUX_TMPFS_MAGIC)
        } catch {
            Linux.close(fd)
            throw error
        }
    }

    /// The descriptor if it still names the pool file, or nil if the program has closed or reused it.
    public var verified: CInt? {
        guard let status = try? Linux.status(of: fd), status.st_dev == device, status.st_ino == inode
        else { return nil }
        return fd
    }

    /// Closes the descriptor, unless it names somebody else's file by now. Mappings keep the file alive.
    public func close() {
        if let fd = verified { Linux.close(fd) }
    }

    /// Bytes that an unprivileged user can still write to the file system.
    public func freeBytes() throws(SystemError) -> Int {
        let status = try Linux.fileSystemStatus(of: fd)
        let (bytes, overflow) = Int(truncatingIfNeeded: status.f_bavail)
            .multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }

    // MARK: Creation

    private static let ownerOnly: mode_t = 0o600

    private static func open(in path: UnsafePointer<CChar>) throws(SystemError) -> CInt {
        do throws(SystemError) {
            return try Linux.open(path, flags: LINUX_O_TMPFILE | O_RDWR | O_CLOEXEC, mode: ownerOnly)
        } catch {
            // A file system without O_TMPFILE says EOPNOTSUPP, an old kernel EISDIR.
            guard error.code == EOPNOTSUPP || error.code == EISDIR else { throw error }
            return try openNamed(in: path)
        }
    }

    /// Where O_TMPFILE is missing (NFS, FUSE): a name that lasts until the next line.
    private static func openNamed(in path: UnsafePointer<CChar>) throws(SystemError) -> CInt {
        let directory = try Linux.open(path, flags: O_PATH | O_DIRECTORY | O_CLOEXEC)
        defer { Linux.close(directory) }
        while true {
            var name = MessageLine()
            name.append(".vmmalloc-")
            name.append(Linux.nanoseconds)
            name.append("-")
            name.append(UInt64(truncatingIfNeeded: Int(getpid())))
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

    /// Daemons close descriptors in a loop up to RLIMIT_NOFILE: so ours goes above the soft limit if the hard
    /// limit lets it (a descriptor stays open when the limit sinks below it), and never stays 0, 1 or 2.
    private static func moveAway(_ fd: CInt) -> CInt {
        var limit = rlimit()
        guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return moveAbove(fd, minimum: 3) }
        // The kernel's table of descriptors grows to the highest one and is copied by each fork: stay low.
        let highest: rlim_t = 4096
        guard limit.rlim_cur <= highest, limit.rlim_max > limit.rlim_cur else {
            return moveAbove(fd, minimum: limit.rlim_cur > highest ? CInt(highest) : 3)
        }
        var raised = limit
        raised.rlim_cur = min(limit.rlim_max, limit.rlim_cur &+ 64)
        guard setrlimit(RLIMIT_NOFILE, &raised) == 0 else { return moveAbove(fd, minimum: 3) }
        defer { setrlimit(RLIMIT_NOFILE, &limit) }
        return moveAbove(fd, minimum: CInt(truncatingIfNeeded: limit.rlim_cur))
    }

    private static func moveAbove(_ fd: CInt, minimum: CInt) -> CInt {
        guard fd < minimum, let moved = try? Linux.duplicate(fd, above: minimum) else { return fd }
        Linux.close(fd)
        return moved
    }
}
