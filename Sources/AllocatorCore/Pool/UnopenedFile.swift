import CLinux

/// A pool file that this process has mapped but not open, for a fork in a program whose table of descriptors is full.
///
/// open(2) needs a free number below RLIMIT_NOFILE, and that limit belongs to all threads. So a helper process opens the file.
/// Like a child of vfork(2) it shares this process's memory, but it has its own copy of the table, in which it makes room.
/// What it maps is mapped here, and the mappings keep the file alive. They are unmapped when this value ends.
struct UnopenedFile: ~Copyable {
    /// The file, MAP_SHARED. Children do not get it before `leaveToChild`. Nil once it has moved.
    private var shared: UnsafeMutableRawPointer?
    /// The same MAP_PRIVATE, for the child's twin, if there was room. Nil once it has moved.
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

    /// Creates a file for a copy of `source`, with blocks for what is in use. Throws as `PoolFile.create` and
    /// `CopySource.reserveBlocks`, EAGAIN if the helper cannot start or is killed, ENOMEM. In reserve, with no lock held.
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
        // A child of another thread's fork would keep the file's blocks.
        mappings.advise(MADV_DONTFORK)
        return CopyTarget(file, mappedAt: mappings, policy: policy)
    }

    /// The helper's task and its result.
    private struct Errand: ~Copyable {
        let source: CopySource
        var mappings: UnopenedFile?
        /// The file without its descriptor, which only the helper has.
        var file: PoolFile?
        /// Why there is no file. EAGAIN stands if the helper is killed.
        var error = SystemError(EAGAIN)

        init(source: CopySource) { self.source = source }

        /// Runs in the helper, which must not log or allocate. It may wait for the pool's lock, as a thread would.
        mutating func run() {
            // The helper's own copies. One number is for the file, the other for the directory if the program has closed that.
            Linux.close(STDIN_FILENO)
            Linux.close(STDOUT_FILENO)
            do throws(SystemError) {
                let file = try PoolFile.create(in: source.directory, size: source.size, keptFor: .oneFork)
                try source.reserveBlocks(in: file)
                let fd = try file.descriptor()
                // After mlockall(2) a mapping with access would be locked and filled at once.
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

    /// Copies `length` bytes to `offset`. Throws EFAULT or ENOMEM if the file system has no room for them, instead of SIGBUS.
    func store(_ source: UnsafeRawPointer, length: Int, at offset: Int) throws(SystemError) {
        guard let shared else { throw SystemError(EBADF) }
        try Linux.advise(shared + offset, length: length, MADV_POPULATE_WRITE)
        memcpy(shared + offset, source, length)
    }

    /// In prepare: lets the child of this fork inherit the mappings.
    func leaveToChild() { advise(MADV_DOFORK) }

    /// In the child of another fork, which did not inherit the mappings.
    consuming func leaveToParent() {
        shared = nil
        twin = nil
    }

    /// In the child: moves the shared mapping to `address`, over what is there. Throws as `Linux.move`; the mapping is still here
    /// then.
    mutating func moveShared(to address: UnsafeMutableRawPointer) throws(SystemError) {
        try Self.move(&shared, to: address, length: size)
    }

    /// The same for the private mapping. Throws ENOMEM if there is none.
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
