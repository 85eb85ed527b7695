import CLinux

/// A pool file that this process has mapped but not open: for a fork in a program whose table of descriptors is full.
///
/// open(2) takes a free number below RLIMIT_NOFILE, and the limit belongs to all threads. So a process of its own opens the
/// file: it shares this one's memory, as a child of vfork(2), and has a copy of the table, in which it makes room. What it
/// maps is mapped here, and the mappings keep the file.
struct UnopenedFile {
    /// The file, MAP_SHARED. Not in children until `leaveToChild`.
    let shared: UnsafeMutableRawPointer
    /// The same MAP_PRIVATE, for the child's twin, if there was room.
    let twin: UnsafeMutableRawPointer?
    private let size: Int
    /// The file without its descriptor.
    let file: PoolFile

    private static let stackSize = 256 << 10

    /// Creates a file for a copy of `source`, with blocks for what is in use. Throws `SystemError` as `PoolFile.create`.
    static func create(for source: CopySource) throws(SystemError) -> UnopenedFile {
        let stack = try Linux.map(
            at: nil, length: stackSize, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS, fd: -1)
        defer { try? Linux.unmap(stack, length: stackSize) }
        var errand = Errand(source: source)
        try withUnsafeMutablePointer(to: &errand) { (errand) throws(SystemError) in
            let process = linux_run_with_own_descriptors(
                { errand in
                    errand?.assumingMemoryBound(to: Errand.self).pointee.run()
                    return 0
                }, errand, stack + stackSize)
            guard process > 0 else { throw .last }
            Linux.awaitEnd(of: process)
        }
        guard let shared = errand.shared, let file = errand.file else { throw errand.error }
        let made = UnopenedFile(
            shared: shared, twin: errand.twin, size: source.size, file: file.withoutDescriptor())
        made.advise(MADV_DONTDUMP)
        // A child of another thread's fork would keep the file's space.
        made.advise(MADV_DONTFORK)
        return made
    }

    /// What the other process is to do, and what came of it.
    private struct Errand {
        let source: CopySource
        var shared: UnsafeMutableRawPointer?
        var twin: UnsafeMutableRawPointer?
        var file: PoolFile?
        /// Why there is no file: what it would be if the process were killed.
        var error = SystemError(EAGAIN)

        init(source: CopySource) { self.source = source }

        /// In that process, which never logs and never allocates. It may wait for the pool's lock, like a thread.
        mutating func run() {
            // Its own copies: one number for the file, one for the directory if the program has closed that.
            Linux.close(STDIN_FILENO)
            Linux.close(STDOUT_FILENO)
            do throws(SystemError) {
                let file = try PoolFile.create(in: source.directory, size: source.size, keptFor: .oneFork)
                try source.reserveBlocks(in: file)
                let fd = try file.descriptor()
                // What mlockall(2) locks as it is mapped would be filled, too.
                let mapped = try Linux.map(
                    at: nil, length: source.size, protection: PROT_NONE, flags: MAP_SHARED, fd: fd)
                try? Linux.unlock(mapped, length: source.size)
                try Linux.protect(mapped, length: source.size, PROT_READ | PROT_WRITE)
                shared = mapped
                if source.addresses.twin != nil {
                    twin = try? Linux.map(
                        at: nil, length: source.size, protection: PROT_NONE,
                        flags: MAP_PRIVATE | MAP_NORESERVE, fd: fd)
                }
                self.file = file
            } catch {
                self.error = error
            }
        }
    }

    /// Copies `length` bytes to `offset`. Throws where the file system has no room for them: no SIGBUS.
    func store(_ source: UnsafeRawPointer, length: Int, at offset: Int) throws(SystemError) {
        try Linux.advise(shared + offset, length: length, MADV_POPULATE_WRITE)
        memcpy(shared + offset, source, length)
    }

    /// In prepare: the child of this fork gets the mappings.
    func leaveToChild() { advise(MADV_DOFORK) }

    /// Gives the mappings up, and with them the file.
    func unmap() {
        try? Linux.unmap(shared, length: size)
        if let twin { try? Linux.unmap(twin, length: size) }
    }

    private func advise(_ advice: CInt) {
        try? Linux.advise(shared, length: size, advice)
        if let twin { try? Linux.advise(twin, length: size, advice) }
    }
}
