import CLinux

/// What a pool needs and the file system does not have, with advice for the user.
public enum PoolObstacle: Sendable {
    /// fallocate(2), as NFS before 4.2, most of FUSE, ext2 and ramfs.
    case allocation
    /// Shared mappings, as FUSE with direct I/O.
    case sharedMappings
    /// Pages of 4 KiB: hugetlbfs.
    case smallPages

    /// The reason for `error`, thrown for a pool in the directory at `path`; nil if the error says enough.
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
            "its file system has no fallocate(2), which VMMALLOC_POOL_RESERVE=eager needs: use auto, lazy or none"
        case .sharedMappings: "its file system has no shared mappings, mmap(2): use another directory"
        case .smallPages:
            "hugetlbfs has no pages of 4 KiB, which a fork needs: for huge pages use a tmpfs mounted with huge=always"
        }
    }
}
