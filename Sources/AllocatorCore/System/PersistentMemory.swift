import CLinux

/// libpmem, loaded at the first fork that copies to persistent memory and never otherwise: it brings ten libraries.
///
/// Loading, mapping and unmapping allocate: not while the allocator's locks are held. Copying does not.
/// Source: libpmem(7), pmem_map_file(3), pmem_memcpy(3).
struct PersistentMemory {
    private typealias MapFile =
        @convention(c) (
            UnsafePointer<CChar>, Int, CInt, mode_t, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<CInt>?
        ) -> UnsafeMutableRawPointer?
    private typealias Copy =
        @convention(c) (
            UnsafeMutableRawPointer, UnsafeRawPointer, Int, CUnsignedInt
        ) -> UnsafeMutableRawPointer?
    private typealias Unmap = @convention(c) (UnsafeMutableRawPointer, Int) -> CInt

    /// PMEM_F_MEM_NONTEMPORAL of libpmem.h.
    private static let nonTemporal: CUnsignedInt = 1 << 1

    private let mapFile: MapFile
    private let copy: Copy
    private let unmap: Unmap

    /// Loads libpmem, or finds it loaded. Throws EOPNOTSUPP where it is not installed.
    static func load() throws(SystemError) -> PersistentMemory {
        guard let library = dlopen(("libpmem.so.1" as StaticString).cString, RTLD_NOW | RTLD_LOCAL),
            let mapFile = dlsym(library, ("pmem_map_file" as StaticString).cString),
            let copy = dlsym(library, ("pmem_memcpy" as StaticString).cString),
            let unmap = dlsym(library, ("pmem_unmap" as StaticString).cString)
        else { throw SystemError(EOPNOTSUPP) }
        return PersistentMemory(
            mapFile: unsafeBitCast(mapFile, to: MapFile.self), copy: unsafeBitCast(copy, to: Copy.self),
            unmap: unsafeBitCast(unmap, to: Unmap.self))
    }

    /// Maps the whole of an open file. Throws EOPNOTSUPP where that is not persistent memory.
    func map(_ fd: CInt) throws(SystemError) -> PersistentMapping {
        var path = MessageLine()
        path.append("/proc/self/fd/")
        path.append(UInt64(truncatingIfNeeded: Int(fd)))
        var length = 0
        var isPersistent: CInt = 0
        let mapped = try path.withCString { (path) throws(SystemError) in
            guard let mapped = mapFile(path, 0, 0, 0, &length, &isPersistent) else { throw .last }
            return mapped
        }
        let mapping = PersistentMapping(address: mapped, length: length, library: self)
        guard isPersistent != 0 else {
            mapping.unmap()
            throw SystemError(EOPNOTSUPP)
        }
        return mapping
    }

    fileprivate func copy(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, length: Int) {
        _ = copy(target, source, length, Self.nonTemporal)
    }

    fileprivate func unmap(_ address: UnsafeMutableRawPointer, length: Int) { _ = unmap(address, length) }
}

/// A file mapped by libpmem.
struct PersistentMapping {
    fileprivate let address: UnsafeMutableRawPointer
    fileprivate let length: Int
    fileprivate let library: PersistentMemory

    /// Stores `length` bytes at `offset`, past the processor's caches, and waits until they are persistent.
    func store(_ source: UnsafeRawPointer, length: Int, at offset: Int) {
        library.copy(source, to: address + offset, length: length)
    }

    /// pmem_unmap(3), which frees memory.
    func unmap() { library.unmap(address, length: length) }
}
