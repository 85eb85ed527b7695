import CLinux

/// libpmem. It is loaded at the first fork that copies to persistent memory and never otherwise, since it brings ten libraries.
///
/// It cannot be loaded at start, where our constructor is the first in the process: the libraries would initialise libc before
/// the environment is known, and the program would run without one. Each start would also take twice as long.
///
/// Loading allocates, so no lock of the allocator may be held. Mapping, copying and unmapping do not allocate.
/// Source: libpmem(7), pmem_memcpy(3).
struct PersistentMemory {
    private typealias IsPersistent = @convention(c) (UnsafeRawPointer, Int) -> CInt
    fileprivate typealias Copy =
        @convention(c) (
            UnsafeMutableRawPointer, UnsafeRawPointer, Int, CUnsignedInt
        ) -> UnsafeMutableRawPointer?

    private let isPersistent: IsPersistent
    private let copy: Copy

    /// The size of the stack to load it on, in bytes. The dynamic linker, its hooks and the libraries' constructors need more than
    /// a thread with PTHREAD_STACK_MIN has.
    private static let stackBytes = 256 << 10

    /// Loads libpmem unless it is loaded already. Throws EOPNOTSUPP if it is not installed, ENOMEM if there is no room for a
    /// stack. Allocates. Any thread, but not in a signal handler.
    static func load() throws(SystemError) -> PersistentMemory {
        let stack = try Linux.map(
            at: nil, length: stackBytes, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, fd: -1)
        defer { try? Linux.unmap(stack, length: stackBytes) }
        // An overflow must not reach other memory.
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

    /// Loads it on the present stack. Nil if it is not installed.
    private static func find() -> PersistentMemory? {
        guard let library = dlopen(("libpmem.so.1" as StaticString).cString, RTLD_NOW | RTLD_LOCAL),
            let isPersistent = dlsym(library, ("pmem_is_pmem" as StaticString).cString),
            let copy = dlsym(library, ("pmem_memcpy" as StaticString).cString)
        else { return nil }
        return PersistentMemory(
            isPersistent: unsafeBitCast(isPersistent, to: IsPersistent.self),
            copy: unsafeBitCast(copy, to: Copy.self))
    }

    /// Maps the first `length` bytes of an open file. Throws EOPNOTSUPP if that is not persistent memory, ENOMEM.
    ///
    /// pmem_map_file(3) cannot be used: it keeps a list of its mappings in the heap and the head of the list in a global. If one
    /// thread is in it while another thread's fork copies the heap, the child gets an inconsistent list, and pmem_unmap(3)
    /// crashes. It takes for persistent memory what MAP_SYNC can map, or what PMEM_IS_PMEM_FORCE says; so does this function.
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
        // No child needs it, and it would keep the blocks of another process's file.
        try? Linux.advise(address, length: length, MADV_DONTFORK)
        return PersistentMapping(address: address, length: length, copy: copy)
    }
}

/// A file mapped as persistent memory, in this process only. Unmapped when this value ends.
struct PersistentMapping: ~Copyable {
    /// PMEM_F_MEM_NONTEMPORAL of libpmem.h.
    private static let nonTemporal: CUnsignedInt = 1 << 1

    /// Nil if it must not be unmapped.
    private var address: UnsafeMutableRawPointer?
    private let length: Int
    private let copy: PersistentMemory.Copy

    fileprivate init(address: UnsafeMutableRawPointer, length: Int, copy: PersistentMemory.Copy) {
        self.address = address
        self.length = length
        self.copy = copy
    }

    deinit { if let address { try? Linux.unmap(address, length: length) } }

    /// In a child, which did not inherit the mapping.
    consuming func leaveToParent() { address = nil }

    /// Stores `length` bytes at `offset`, bypassing the processor's caches, and waits until they are persistent. Does not
    /// allocate.
    func store(_ source: UnsafeRawPointer, length: Int, at offset: Int) {
        if let address { _ = copy(address + offset, source, length, Self.nonTemporal) }
    }
}
