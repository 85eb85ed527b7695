import CLinux

/// Whether a child may need the file of a frozen pool.
struct FileUse: ~Copyable {
    /// The mark by which children are recognised; nil if there are none, or if it could not be made.
    private var need: FileNeed?
    /// Whether there may be children without a mark.
    private var isUnknown = false

    /// Before a fork.
    mutating func noteFork() {
        guard need == nil, !isUnknown else { return }
        do throws(SystemError) { need = try FileNeed.begin() } catch { isUnknown = true }
    }

    /// Whether no child needs the file any more. See `FileNeed.hasEnded`.
    mutating func isOver() -> Bool {
        guard !isUnknown else { return false }
        guard need?.hasEnded() != false else { return false }
        need = nil
        return true
    }

    /// In a child that has its own file.
    mutating func end() {
        need.take()?.end()
        isUnknown = false
    }

    /// In a child that goes on needing its parent's file.
    mutating func keepMark() { need?.keepMark() }
}

/// Which children still need the file of a frozen pool.
///
/// The mark is a mapping of a memfd, which each child inherits and the parent has open. The kernel lets the parent seal the
/// memfd against writes only when no process maps it any more. So a child that has its own heap, was killed, has ended or has
/// executed another program no longer needs the file. A child that could not copy it does, and so do all processes it forks.
///
/// A pipe whose write end children inherit would not do: a child that could not copy may be a daemon that closes all its
/// descriptors, but it keeps its mappings. If the program closes the parent's descriptor, the file is needed for ever.
struct FileNeed: ~Copyable {
    /// Open only in the process whose pool it is.
    private var file: KeptDescriptor
    /// Nil if this process could not map it again.
    private var mark: UnsafeMutableRawPointer?

    /// Makes the mark, before the fork. Throws EMFILE, ENFILE or ENOMEM, or the error of a seccomp filter.
    static func begin() throws(SystemError) -> FileNeed {
        let file = try KeptDescriptor(keeping: Linux.createMemoryFile("vmmalloc-fork"), for: .oneFork)
        let mark = try map(file.reference.descriptor())
        return FileNeed(file: file, mark: mark)
    }

    private init(file: consuming KeptDescriptor, mark: UnsafeMutableRawPointer) {
        self.file = file
        self.mark = mark
    }

    /// A shared mapping of a file opened for writing, which a seal waits for. Nobody touches it, so it needs no access, and the file
    /// is empty.
    private static func map(_ fd: CInt) throws(SystemError) -> UnsafeMutableRawPointer {
        try Linux.map(at: nil, length: Linux.pageSize, protection: PROT_NONE, flags: MAP_SHARED, fd: fd)
    }

    /// In the process whose pool it is: whether no child needs the file. If so, this mark is used up. No other thread may fork
    /// meanwhile.
    mutating func hasEnded() -> Bool {
        guard let fd = file.verified, let own = mark else { return false }
        try? Linux.unmap(own, length: Linux.pageSize)
        mark = nil
        guard (try? Linux.sealAgainstWrites(fd)) != nil else {
            // If it cannot be mapped, children forked from now on would not be noticed, so it never ends.
            mark = try? Self.map(fd)
            return false
        }
        file.close()
        return true
    }

    /// In a child that goes on needing its parent's file: keeps the mark, but not the descriptor.
    mutating func keepMark() { file.close() }

    /// In a child that has its own file.
    consuming func end() {
        if let mark { try? Linux.unmap(mark, length: Linux.pageSize) }
    }
}
