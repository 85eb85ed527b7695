import CLinux

/// A pool file: without a name from birth, readable by its owner only, closed by exec.
public struct PoolFile {
    private let kept: KeptDescriptor
    /// Whether the file system keeps its files in memory (tmpfs): there fallocate(2) writes zeroes.
    public let isTmpfs: Bool

    /// Creates a pool file of `size` bytes in `directory`, sparse as yet.
    static func create(in directory: PoolDirectory, size: Int) throws(SystemError) -> PoolFile {
        let kept = try KeptDescriptor(keeping: directory.createFile())
        do throws(SystemError) {
            guard let fd = kept.verified else { throw SystemError(EBADF) }
            try Linux.truncate(fd, to: size)
            let fileSystem = try Linux.fileSystemStatus(of: fd)
            return PoolFile(kept: kept, isTmpfs: Int64(fileSystem.f_type) == LINUX_TMPFS_MAGIC)
        } catch {
            kept.close()
            throw error
        }
    }

    /// The descriptor if it still names the pool file, or nil if the program has closed or reused it.
    public var verified: CInt? { kept.verified }

    /// The descriptor, or EBADF where the program has closed or reused it.
    func descriptor() throws(SystemError) -> CInt {
        guard let fd = kept.verified else { throw SystemError(EBADF) }
        return fd
    }

    /// Closes the descriptor, unless it names somebody else's file by now. Mappings keep the file alive.
    public func close() { kept.close() }

    /// Bytes that an unprivileged user can still write to the file system.
    func freeBytes() throws(SystemError) -> Int {
        let status = try Linux.fileSystemStatus(of: descriptor())
        let (bytes, overflow) = Int(truncatingIfNeeded: status.f_bavail)
            .multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }
}
