import CLinux

/// Who may need the file of a frozen pool, beside the process whose pool it is.
struct FileUse: ~Copyable {
    /// The mark that tells of children; nil where there are none, or where nothing tells.
    private var need: FileNeed?
    /// Whether there may be children without a mark.
    private var isUnknown = false

    /// Before a fork.
    mutating func noteFork() {
        guard need == nil, !isUnknown else { return }
        do throws(SystemError) { need = try FileNeed.begin() } catch { isUnknown = true }
    }

    /// Whether nobody needs the file any more. See `FileNeed.hasEnded`.
    mutating func isOver() -> Bool {
        guard !isUnknown else { return false }
        guard need?.hasEnded() != false else { return false }
        need = nil
        return true
    }

    /// In a child with its own file.
    mutating func end() {
        need.take()?.end()
        isUnknown = false
    }

    /// In a child that needs its parent's file on.
    mutating func keepMark() { need?.keepMark() }
}

/// Which children still need the file of a frozen pool.
///
/// A mark that lies in each child's memory from its fork on: a mapping of a file in memory, which the parent has open. The
/// kernel lets the parent seal that file against writes only when no process has it mapped any more. So a child that has a
/// heap of its own, was killed, has ended or has executed another program needs the file no longer, and one that could not
/// copy it does, with all that it forks.
///
/// Not a pipe, whose writing ends children inherit: a child that could not copy may be a daemon and close all its descriptors,
/// but not its mappings. Where the program closes the parent's descriptor, the answer stays no.
struct FileNeed: ~Copyable {
    /// Open in the process whose pool it is alone.
    private var file: KeptDescriptor
    /// Nil where this process could not map it again.
    private var mark: UnsafeMutableRawPointer?

    /// Makes the mark, before the fork. Throws `SystemError` where there is no descriptor to be had, or where a filter forbids it.
    static func begin() throws(SystemError) -> FileNeed {
        let file = try KeptDescriptor(keeping: Linux.createMemoryFile("vmmalloc-fork"), for: .oneFork)
        let mark = try map(file.reference.descriptor())
        return FileNeed(file: file, mark: mark)
    }

    private init(file: consuming KeptDescriptor, mark: UnsafeMutableRawPointer) {
        self.file = file
        self.mark = mark
    }

    /// Writable, for that is what a seal waits for; without access and behind the end of an empty file, for nobody touches it.
    private static func map(_ fd: CInt) throws(SystemError) -> UnsafeMutableRawPointer {
        try Linux.map(at: nil, length: Linux.pageSize, protection: PROT_NONE, flags: MAP_SHARED, fd: fd)
    }

    /// In the process whose pool it is: whether no child needs the file. Then this mark has done its work. While it is asked no
    /// other thread may fork.
    mutating func hasEnded() -> Bool {
        guard let fd = file.verified, let own = mark else { return false }
        try? Linux.unmap(own, length: Linux.pageSize)
        mark = nil
        guard (try? Linux.sealAgainstWrites(fd)) != nil else {
            // Where it cannot be mapped, who is forked from now on is not known: so it never ends.
            mark = try? Self.map(fd)
            return false
        }
        file.close()
        return true
    }

    /// In a child that needs its parent's file on: keeps the mark alone.
    mutating func keepMark() { file.close() }

    /// In a child with a file of its own.
    consuming func end() {
        if let mark { try? Linux.unmap(mark, length: Linux.pageSize) }
    }
}
