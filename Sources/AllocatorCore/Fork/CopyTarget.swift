import CLinux

/// The child's pool file while it is being made: the method, the resources that it needs, and the progress.
///
/// In the parent this value ends with the fork; the child, if there is one, has the file by then. Nothing here allocates.
struct CopyTarget: ~Copyable {
    /// The file: of the pool's size, and empty at first.
    let file: PoolFile
    /// What the user wants from the copy.
    let policy: CopyPolicy
    /// Whether the file can share blocks with the pool's file; nil if no fork has tried yet.
    private(set) var canReflink: Bool?
    /// How it is made.
    var method = CopyMethod.memory
    /// The file mapped as persistent memory, for `PmemCopy`.
    var persistent: PersistentMapping?
    /// The file's mappings, for `MappedCopy`, if this process cannot have the file open.
    private(set) var unopened: UnopenedFile?
    /// Bytes written so far.
    var bytesCopied: UInt64 = 0
    /// Bytes in use that both files share by now.
    var bytesShared: UInt64 = 0

    /// A copy into `file` that has not begun.
    init(_ file: consuming PoolFile, policy: CopyPolicy) {
        self.file = file
        self.policy = policy
    }

    /// The same, if this process cannot have the file open.
    init(_ file: consuming PoolFile, mappedAt mappings: consuming UnopenedFile, policy: CopyPolicy) {
        self.file = file
        self.policy = policy
        unopened = consume mappings
        method = .mapped
    }

    /// The pool's descriptor, if `file` can share blocks with it. Tries once, by sharing the first page. Throws EOPNOTSUPP if the
    /// files cannot share blocks or the program has closed the descriptor, and what else the kernel says, such as ENOSPC or
    /// EIO.
    mutating func descriptorToShareBlocks(of source: CopySource) throws(SystemError) -> CInt {
        canReflink = canReflink ?? source.canReflink
        guard let fd = source.file.verified, canReflink != false else { throw SystemError(EOPNOTSUPP) }
        if canReflink == nil {
            do throws(SystemError) {
                try Linux.reflinkRange(from: fd, to: file.descriptor(), offset: 0, length: Linux.pageSize)
                canReflink = true
            } catch {
                guard error.isMissingCapability else { throw error }
                canReflink = false
                throw SystemError(EOPNOTSUPP)
            }
        }
        return fd
    }

    /// In the child: writes bytes of its own over what was copied. Throws ENOSPC where there is no room.
    func write(_ bytes: UnsafeRawPointer, length: Int, at offset: Int) throws(SystemError) {
        let fd = try file.descriptor()
        var written = 0
        while written < length {
            let done = try Linux.write(
                bytes + written, length: length &- written, to: fd, offset: offset &+ written)
            guard done > 0 else { throw SystemError(ENOSPC) }
            written &+= done
        }
    }

    /// In the child that the copy was made for: makes the file its pool. Throws as `Pool.adopt`; the child has no heap then.
    consuming func become(_ pool: inout Pool) throws(SystemError) {
        // Only the parent has this mapping.
        persistent.take()?.leaveToParent()
        if let mappings = unopened.take() {
            try pool.adopt(file, mappedAt: mappings)
        } else {
            try pool.adopt(file)
        }
    }

    /// In the child of another fork: closes the descriptor, which the child has inherited, but unmaps nothing, since it did not
    /// inherit the mappings.
    consuming func leaveToParent() {
        persistent.take()?.leaveToParent()
        unopened.take()?.leaveToParent()
    }
}
