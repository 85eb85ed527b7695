import CLinux

/// A pool file that this process has mapped but not open: for a fork in a program whose table of descriptors is full.
///
/// open(2) takes a free number below RLIMIT_NOFILE, and the limit belongs to all threads. So a process of its own opens the
/// file: it shares this one's memory, as a child of vfork(2), and has a copy of the table, in which it makes room. What it
/// maps is mapped here, and the mappings keep the file. They are unmapped when this ends.
struct UnopenedFile: ~Copyable {
    /// The file, MAP_SHARED. Not in children until `leaveToChild`. Nil when it was moved.
    private var shared: UnsafeMutableRawPointer?
    /// The same MAP_PRIVATE, for the child's twin, if there was room. Nil when it was moved.
    private var twin: UnsafeMutableRawPointer?
    private let size: Int

    private static let stackSize = 256 << 10

    private init(shared: UnsafeMutableRawPointer, size: Int) {
        self.shared = shared
        self.size = size
    }

    deinit {
        if let shared { try? Linux.unmap(shared, length: size) }
        if let twin { try? Linux.unmap(twin, length: size) }
    }

    /// Creates a file for the copy of `source` that is asked for by `policy`, with blocks for what is in use. Throws
    /// `SystemError` as `PoolFile.create`.
    static func create(for source: CopySource, policy: CopyPolicy) throws(SystemError) -> CopyTarget {
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
        guard let mappings = errand.mappings.take(), let file = errand.file.take() else { throw errand.error }
        mappings.advise(MADV_DONTDUMP)
        // A child of another thread's fork would keep the file's space.
        mappings.advise(MADV_DONTFORK)
        return CopyTarget(file, mappedAt: mappings, policy: policy)
    }

    /// What the other process is to do, and what came of it.
    private struct Errand: ~Copyable {
        let source: CopySource
        var mappings: UnopenedFile?
        /// The file without its descriptor, which is that process's.
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
                let shared = try Linux.map(
                    at: nil, length: source.size, protection: PROT_NONE, flags: MAP_SHARED, fd: fd)
                var made = UnopenedFile(shared: shared, size: source.size)
                try? Linux.unlock(shared, length: source.size)
                try Linux.protect(shared, length: source.size, PROT_READ | PROT_WRITE)
                if source.addresses.twin != nil {
                    made.twin = try? Linux.map(
                        at: nil, length: source.size, protection: PROT_NONE,
                        flags: MAP_PRIVATE | MAP_NORESERVE, fd: fd)
                }
                mappings = consume made
                self.file = file.withoutDescriptor()
            } catch {
                self.error = error
            }
        }
    }

    /// Copies `length` bytes to `offset`. Throws where the file system has no room for them: no SIGBUS.
    func store(_ source: UnsafeRawPointer, length: Int, at offset: Int) throws(SystemError) {
        guard let shared else { throw SystemError(EBADF) }
        try Linux.advise(shared + offset, length: length, MADV_POPULATE_WRITE)
        memcpy(shared + offset, source, length)
    }

    /// In prepare: the child of this fork gets the mappings.
    func leaveToChild() { advise(MADV_DOFORK) }

    /// In the child of another fork, which has not got the mappings.
    consuming func leaveToParent() {
        shared = nil
        twin = nil
    }

    /// Moves the file over what is mapped at `address`. Throws what mremap(2) says; then it is still here.
    mutating func moveShared(to address: UnsafeMutableRawPointer) throws(SystemError) {
        try Self.move(&shared, to: address, length: size)
    }

    /// Likewise the private mapping, if there is one: ENOMEM otherwise.
    mutating func moveTwin(to address: UnsafeMutableRawPointer) throws(SystemError) {
        try Self.move(&twin, to: address, length: size)
    }

    private static func move(
        _ mapping: inout UnsafeMutableRawPointer?, to address: UnsafeMutableRawPointer, length: Int
    ) throws(SystemError) {
        guard let source = mapping else { throw SystemError(ENOMEM) }
        try Linux.move(source, length: length, to: address)
        mapping = nil
    }

    private func advise(_ advice: CInt) {
        if let shared { try? Linux.advise(shared, length: size, advice) }
        if let twin { try? Linux.advise(twin, length: size, advice) }
    }
}
