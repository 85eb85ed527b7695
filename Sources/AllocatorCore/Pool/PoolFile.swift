import CLinux

/// A pool file. It never has a name, only its owner can read it, and exec closes it. The descriptor is closed when this value
/// ends; mappings keep the file alive.
public struct PoolFile: ~Copyable {
    private var kept: KeptDescriptor
    /// Whether the file is in a tmpfs, where fallocate(2) writes zeroes.
    public let isTmpfs: Bool
    /// The largest number of bytes to ask for in one fallocate(2).
    private let largestRequest: Int

    /// ext4 serves a request of up to about 128 MiB in one piece. It serves a larger one in pieces of 8 MiB, with a search for
    /// each. 32 MiB is the longest run that its allocator keeps lists of, so it finds one at once.
    private static let largestExt4Request = 32 << 20

    /// Creates a sparse pool file of `size` bytes in `directory`. Throws what `createFile` throws, EFBIG beyond RLIMIT_FSIZE,
    /// EINVAL on hugetlbfs. Any thread, in any phase of a fork, if it is kept for one fork.
    static func create(
        in directory: PoolDirectory.Place, size: Int, keptFor span: KeptDescriptor.Span = .good
    ) throws(SystemError) -> PoolFile {
        guard FileSizeLimit.allows(size) else { throw SystemError(EFBIG) }
        let kept = try KeptDescriptor(keeping: directory.createFile(), for: span)
        let fd = try kept.reference.descriptor()
        let type = Int64(try Linux.fileSystemStatus(of: fd).f_type)
        guard type != LINUX_HUGETLBFS_MAGIC else { throw SystemError(EINVAL) }
        // Otherwise rewriting a page takes a new block, which is SIGBUS on a full file system.
        if type == LINUX_BTRFS_MAGIC { try disableCopyOnWrite(fd) }
        try Linux.truncate(fd, to: size)
        return PoolFile(
            kept: kept, isTmpfs: type == LINUX_TMPFS_MAGIC,
            largestRequest: type == LINUX_EXT4_MAGIC ? largestExt4Request : size)
    }

    /// Sets the flag by which btrfs overwrites the blocks of a file in place, so that reserved space stays reserved. The file
    /// must be empty.
    private static func disableCopyOnWrite(_ fd: CInt) throws(SystemError) {
        try Linux.setFlags(of: fd, Linux.flags(of: fd) | FS_NOCOW_FL)
    }

    private init(kept: consuming KeptDescriptor, isTmpfs: Bool, largestRequest: Int) {
        self.kept = kept
        self.isTmpfs = isTmpfs
        self.largestRequest = largestRequest
    }

    /// The descriptor; nil if the program has closed or reused it. Makes a system call.
    public var verified: CInt? { kept.verified }

    /// The same, but throws EBADF if the program has closed or reused it.
    func descriptor() throws(SystemError) -> CInt { try kept.reference.descriptor() }

    /// For users of the descriptor who do not own it.
    var reference: DescriptorReference { kept.reference }

    /// The same file, for a process that does not have it open.
    func withoutDescriptor() -> PoolFile {
        PoolFile(kept: .none, isTmpfs: isTmpfs, largestRequest: largestRequest)
    }

    /// In the child of the fork that the file was created for: keeps the descriptor until the process ends.
    mutating func keepForGood() { kept.keepForGood() }

    /// Reserves blocks for `length` bytes at `offset`. `fd` is the verified descriptor. Throws as `Linux.allocate`; part of the
    /// blocks may be reserved then.
    func allocate(_ fd: CInt, offset: Int, length: Int) throws(SystemError) {
        let end = offset &+ length
        var next = offset
        while next < end {
            let part = min(largestRequest, end &- next)
            try Linux.allocate(fd, offset: next, length: part)
            next &+= part
        }
    }

    /// The same for file systems without fallocate(2), by writing zeroes. The range must never have been used. Throws ENOSPC or
    /// EDQUOT if the file system is full.
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

    /// Takes blocks for `length` bytes at `offset`, which the shared mapping shows at `place`. Throws ENOSPC or EDQUOT if the file
    /// system is full, ENOMEM or EFAULT if that shows through the mapping.
    ///
    /// Blocks of a tmpfs come through the mapping: fallocate would write the same zeroes, but not in huge pages. The same way is
    /// taken if the program has closed the descriptor.
    func takeBlocks(offset: Int, length: Int, mappedAt place: UnsafeMutableRawPointer) throws(SystemError) {
        guard !isTmpfs, let fd = verified else {
            return try Linux.advise(place, length: length, MADV_POPULATE_WRITE)
        }
        do throws(SystemError) {
            try allocate(fd, offset: offset, length: length)
        } catch {
            guard error.code == EOPNOTSUPP else { throw error }
            try allocateByWriting(fd, offset: offset, length: length)
        }
    }

    /// Gives back all blocks at once, which closing the file may not do. If the kernel refuses, closing has to do.
    func empty() { if let fd = kept.verified { try? Linux.truncate(fd, to: 0) } }

    /// Closes the descriptor now, unless the program has reused it.
    mutating func close() { kept.close() }

    /// Whether the file system can be full while there is still memory. A tmpfs without a limit cannot, nor can one whose limit is not
    /// below all of RAM and swap: memory runs out first, and against that no reservation helps. Under strict overcommit it does.
    /// Throws EBADF if the program has closed the descriptor.
    func canBeFull() throws(SystemError) -> Bool {
        guard isTmpfs, let memory = Linux.memoryAndSwap, !Linux.isOvercommitStrict else { return true }
        let status = try Linux.fileSystemStatus(of: descriptor())
        let (limit, overflow) = Int(truncatingIfNeeded: status.f_blocks)
            .multipliedReportingOverflow(by: Int(status.f_frsize))
        return limit > 0 && !overflow && limit < memory
    }

    /// The number of bytes that an unprivileged user can still write to the file system. Throws EBADF if the program has closed
    /// the descriptor.
    func freeBytes() throws(SystemError) -> Int {
        let status = try Linux.fileSystemStatus(of: descriptor())
        // A tmpfs without a limit reports 0 of 0.
        guard status.f_blocks > 0 else { return .max }
        // btrfs reports 0 available as soon as its metadata cannot grow, however much data still fits.
        let isBtrfs = Int64(status.f_type) == LINUX_BTRFS_MAGIC
        let (bytes, overflow) = Int(truncatingIfNeeded: isBtrfs ? status.f_bfree : status.f_bavail)
            .multipliedReportingOverflow(by: Int(status.f_frsize))
        return overflow ? .max : bytes
    }
}
