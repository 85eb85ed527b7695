import CLinux

/// What a file system lacks that a pool needs, and what to do about it.
public enum PoolObstacle: Sendable {
    /// fallocate(2), as NFS before 4.2, most of FUSE, ext2 and ramfs.
    case allocation
    /// Shared mappings, as FUSE with direct I/O.
    case sharedMappings
    /// Pages of 4 KiB: hugetlbfs.
    case smallPages

    /// What stands behind `error` of a pool in the directory at `path`; nil where the error says enough.
    public init?(behind error: SystemError, at path: UnsafePointer<CChar>) {
        switch error.code {
        case EOPNOTSUPP: self = .allocation
        case ENODEV: self = .sharedMappings
        case EINVAL where Self.isHugetlbfs(path): self = .smallPages
        default: return nil
        }
    }

    private static func isHugetlbfs(_ path: UnsafePointer<CChar>) -> Bool {
        guard let directory = try? Linux.open(path, flags: O_PATH | O_DIRECTORY | O_CLOEXEC) else {
            return false
        }
        defer { Linux.close(directory) }
        guard let status = try? Linux.fileSystemStatus(of: directory) else { return false }
        return Int64(status.f_type) == LINUX_HUGETLBFS_MAGIC
    }

    /// For the user.
    var advice: StaticString {
        switch self {
        case .allocation:
            "its file system has no fallocate(2), by which VMMALLOC_POOL_RESERVE=eager takes space: use auto or lazy"
        case .sharedMappings: "its file system has no shared mappings, mmap(2): use another directory"
        case .smallPages:
            "hugetlbfs has no pages of 4 KiB, which a fork needs: for huge pages use a tmpfs mounted with huge=always"
        }
    }
}
