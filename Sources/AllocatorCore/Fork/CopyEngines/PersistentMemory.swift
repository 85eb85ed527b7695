import CLinux

/// libpmem, loaded at the first fork that copies to persistent memory and never otherwise: it brings ten libraries.
///
/// Not at start, where our constructor is the first of the process: what it would load initialises libc before the environment
/// is known, and the program runs without it. Each start would take twice the time, too.
///
/// Loading allocates: not while the allocator's locks are held. Mapping, copying and unmapping do not.
/// Source: libpmem(7), pmem_memcpy(3).
struct PersistentMemory {
    private typealias IsPersistent = @convention(c) (UnsafeRawPointer, Int) -> CInt
    fileprivate typealias Copy =
        @convention(c) (
            UnsafeMutableRawPointer, UnsafeRawPointer, Int, CUnsignedInt
        ) -> UnsafeMutableRawPointer?

    private let isPersistent: IsPersistent
    private let copy: Copy

    /// Bytes of stack to load it on. The dynamic linker, its hooks and the libraries' constructors take more than a thread of
    /// PTHREAD_STACK_MIN has.
    private static let stackBytes = 256 << 10

    /// Loads libpmem, or finds it loaded. Throws EOPNOTSUPP where it is not installed, ENOMEM where there is no room for a
    /// stack to load it on.
    static func load() throws(SystemError) -> PersistentMemory {
        let stack = try Linux.map(
            at: nil, length: stackBytes, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, fd: -1)
        defer { try? Linux.unmap(stack, length: stackBytes) }
        // What would run over its end meets nobody's memory.
        try? Linux.protect(stack, length: Linux.pageSize, PROT_NONE)
        var loaded: PersistentMemory?
        withUnsafeMutablePointer(to: &loaded) {
            linux_call_on_stack(
                stack + stackBytes,
                { $0?.assumingMemoryBound(to: PersistentMemory?.self).pointee = PersistentMemory.find() }, $0)
        }
        guard let loaded else { throw SystemError(EOPNOTSUPP) }
        return loaded
    }

    /// On a stack that is large enough. Nil where it is not installed.
    private static func find() -> PersistentMemory? {
        guard let library = dlopen(("libpmem.so.1" as StaticString).cString, RTLD_NOW | RTLD_LOCAL),
            let isPersistent = dlsym(library, ("pmem_is_pmem" as StaticString).cString),
            let copy = dlsym(library, ("pmem_memcpy" as StaticString).cString)
        else { return nil }
        return PersistentMemory(
            isPersistent: unsafeBitCast(isPersistent, to: IsPersistent.self),
            copy: unsafeBitCast(copy, to: Copy.self))
    }

    /// Maps the first `length` bytes of an open file. Throws EOPNOTSUPP where that is not persistent memory.
    ///
    /// Not by pmem_map_file(3): it keeps a list of its mappings in the heap and its head in a global. A thread that is in it
    /// while another's heap is copied leaves that child a list of two moments, on which pmem_unmap(3) crashes. What it takes
    /// for persistent memory is what can be mapped by MAP_SYNC, or what PMEM_IS_PMEM_FORCE says: so does this.
    func map(_ fd: CInt, length: Int) throws(SystemError) -> PersistentMapping {
        let protection = PROT_READ | PROT_WRITE
        var address: UnsafeMutableRawPointer
        do throws(SystemError) {
            address = try Linux.map(
                at: nil, length: length, protection: protection, flags: MAP_SHARED_VALIDATE | MAP_SYNC, fd: fd
            )
        } catch {
            guard error.code == EOPNOTSUPP else { throw error }
            address = try Linux.map(
                at: nil, length: length, protection: protection, flags: MAP_SHARED, fd: fd)
            guard isPersistent(address, length) != 0 else {
                try Linux.unmap(address, length: length)
                throw SystemError(EOPNOTSUPP)
            }
        }
        // Of no use to any child, and it would keep the space of somebody else's file.
        try? Linux.advise(address, length: length, MADV_DONTFORK)
        return PersistentMapping(address: address, length: length, copy: copy)
    }
}

/// A file mapped as persistent memory, in this process alone. Unmapped when this ends.
struct PersistentMapping: ~Copyable {
    /// PMEM_F_MEM_NONTEMPORAL of libpmem.h.
    private static let nonTemporal: CUnsignedInt = 1 << 1

    /// Nil where it is not to be unmapped.
    private var address: UnsafeMutableRawPointer?
    private let length: Int
    private let copy: PersistentMemory.Copy

    fileprivate init(address: UnsafeMutableRawPointer, length: Int, copy: PersistentMemory.Copy) {
        self.address = address
        self.length = length
        self.copy = copy
    }

    deinit { if let address { try? Linux.unmap(address, length: length) } }

    /// In a child, which has not got the mapping.
    consuming func leaveToParent() { address = nil }

    /// Stores `length` bytes at `offset`, past the processor's caches, and waits until they are persistent.
    func store(_ source: UnsafeRawPointer, length: Int, at offset: Int) {
        if let address { _ = copy(address + offset, source, length, Self.nonTemporal) }
    }
}
