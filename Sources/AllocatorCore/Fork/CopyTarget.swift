import CLinux

/// The child's pool file in the making: how it is made, what that takes, and how far it is.
///
/// It ends in the parent when the fork is over: the child, if there is one, has the file by then.
struct CopyTarget: ~Copyable {
    /// The file: empty, of the pool's size.
    let file: PoolFile
    /// What the user asks of the copy.
    let policy: CopyPolicy
    /// Whether it can share blocks with the pool's file; nil as long as nobody has tried.
    private(set) var canReflink: Bool?
    /// How it is made.
    var method = CopyMethod.memory
    /// The file mapped as persistent memory, for `PmemCopy`.
    var persistent: PersistentMapping?
    /// The mappings of a file that this process cannot have open, for `MappedCopy`.
    private(set) var unopened: UnopenedFile?
    /// Bytes written so far.
    var bytesCopied: UInt64 = 0
    /// Bytes in use that both files share so far.
    var bytesShared: UInt64 = 0

    /// A copy to `file`, of which nothing is there yet.
    init(_ file: consuming PoolFile, policy: CopyPolicy) {
        self.file = file
        self.policy = policy
    }

    /// The same where this process cannot have the file open.
    init(_ file: consuming PoolFile, mappedAt mappings: consuming UnopenedFile, policy: CopyPolicy) {
        self.file = file
        self.policy = policy
        unopened = consume mappings
        method = .mapped
    }

    /// The pool's descriptor, if `file` can share blocks with it: asked once, by sharing the first page. Throws EOPNOTSUPP where
    /// it cannot, or where the program has closed the descriptor; or what the kernel says, such as ENOSPC or EIO.
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

    /// In the child that the copy was made for: its pool is the file from now on. Throws what mapping it throws; the child has
    /// no heap then.
    consuming func become(_ pool: inout Pool) throws(SystemError) {
        // It was mapped in the parent alone.
        persistent.take()?.leaveToParent()
        if let mappings = unopened.take() {
            try pool.adopt(file, mappedAt: mappings)
        } else {
            try pool.adopt(file)
        }
    }

    /// In the child of another fork: closes what it has inherited. The mappings are not among that.
    consuming func leaveToParent() {
        persistent.take()?.leaveToParent()
        unopened.take()?.leaveToParent()
    }
}
