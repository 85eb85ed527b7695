import CLinux

/// A pool file: without a name from birth, readable by its owner only, closed by exec. The descriptor is closed when this
/// ends; mappings keep the file.
public struct PoolFile: ~Copyable {
    private var kept: KeptDescriptor
    /// Whether the file system keeps its files in memory (tmpfs): there fallocate(2) writes zeroes.
    public let isTmpfs: Bool
    /// The most bytes that one fallocate(2) is to ask for.
    private let largestRequest: Int

    /// ext4 hands out blocks as they were asked for, up to some 128 MiB; a larger request it serves in pieces of 8 MiB,
    /// each looked for anew. 32 MiB are the longest run that its allocator keeps lists of, so it finds one at once.
    private static let largestExt4Request = 32 << 20

    /// Creates a pool file of `size` bytes in `directory`, sparse as yet. Throws EFBIG beyond RLIMIT_FSIZE.
    static func create(
        in directory: PoolDirectory.Place, size: Int, keptFor span: KeptDescriptor.Span = .good
    ) throws(SystemError) -> PoolFile {
        guard Linux.mayGrow(to: size) else { throw SystemError(EFBIG) }
        let kept = try KeptDescriptor(keeping: directory.createFile(), for: span)
        let fd = try kept.reference.descriptor()
        let type = Int64(try Linux.fileSystemStatus(of: fd).f_type)
        guard type != LINUX_HUGETLBFS_MAGIC else { throw SystemError(EINVAL) }
        // Otherwise each rewrite of a page takes a new block, which a full file system refuses with SIGBUS.
        if type == LINUX_BTRFS_MAGIC { try Linux.disableCopyOnWrite(fd) }
        try Linux.truncate(fd, to: size)
        return PoolFile(
            kept: kept, isTmpfs: type == LINUX_TMPFS_MAGIC,
            largestRequest: type == LINUX_EXT4_MAGIC ? largestExt4Request : size)
    }

    private init(kept: consuming KeptDescriptor, isTmpfs: Bool, largestRequest: Int) {
        self.kept = kept
        self.isTmpfs = isTmpfs
        self.largestRequest = largestRequest
    }

    /// The descriptor if it still names the pool file, or nil if the program has closed or reused it.
    public var verified: CInt? { kept.verified }

    /// The descriptor, or EBADF where the program has closed or reused it.
    func descriptor() throws(SystemError) -> CInt { try kept.reference.descriptor() }

    /// The descriptor for who does not own it.
    var reference: DescriptorReference { kept.reference }

    /// The same file for a process that does not have it open.
    func withoutDescriptor() -> PoolFile {
        PoolFile(kept: .none, isTmpfs: isTmpfs, largestRequest: largestRequest)
    }

    /// In the child of the fork that it was created for: keeps it for good.
    mutating func keepForGood() { kept.keepForGood() }

    /// Takes the file system's blocks for `length` bytes at `offset`. On failure some may have been taken. `fd` is the
    /// verified descriptor.
    func allocate(_ fd: CInt, offset: Int, length: Int) throws(SystemError) {
        let end = offset &+ length
        var next = offset
        while next < end {
            let part = min(largestRequest, end &- next)
            try Linux.allocate(fd, offset: next, length: part)
            next &+= part
        }
    }

    /// The same where the file system has no fallocate(2): by writing zeroes to what has never been used.
    func allocateByWriting(_ fd: CInt, offset: Int, length: Int) throws(SystemError) {
        let largest = min(length, 1 << 20)
        let zeroes = try Linux.map(
            at: nil, length: largest, protection: PROT_READ, flags: MAP_PRIVATE | MAP_ANONYMOUS, fd: -1)
        defer { try? Linux.unmap(zeroes, length: largest) }
        var next = offset
        while next < offset &+ length {
            let done = try Linux.write(
                zeroes, length: min(largest, offset &+ length &- next), to: fd, offset: next)
            guard done > 0 else { throw SystemError(ENOSPC) }
            next &+= done
        }
    }

    /// Gives back all that it has at once, as closing it may not. Where the kernel refuses, closing has to do.
    func empty() { if let fd = kept.verified { try? Linux.truncate(fd, to: 0) } }

    /// Closes the descriptor before its time, unless it names somebody else's file by now.
    mutating func close() { kept.close() }

    /// Bytes that an unprivileged user can still write to the file system.
    func freeBytes() throws(SystemError) -> Int {
        let status = try Linux.fileSystemStatus(of: descriptor())
        // A tmpfs without a limit says 0 of 0.
        guard status.f_blocks > 0 else { return .max }
        // btrfs says that nothing is available as soon as its metadata cannot grow, however much data fits.
        let isBtrfs = Int64(status.f_type) == LINUX_BTRFS_MAGIC
        let (bytes, overflow) = Int(truncatingIfNeeded: isBtrfs ? status.f_bfree : status.f_bavail)
            .multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }
}
