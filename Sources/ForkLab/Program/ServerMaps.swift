import Glibc
import Measurement

/// What the mappings of a server and of its children say about its heap.
struct ServerMaps {
    /// The pool's directory, links resolved; nil for a reference.
    let poolDirectory: String?
    /// Bytes of the pool.
    let poolSize: Int

    /// The mapping of `process` that its heap lies in; nil without a pool.
    ///
    /// The library maps the pool at the lowest of its addresses, and keeps mappings of the same file above
    /// it. Single pages of the pool may be private: the longest mapping tells.
    func heap(of mappings: [MemoryMapping]) -> MemoryMapping? {
        guard let poolDirectory else { return nil }
        let own = mappings.filter { $0.isWritable && HeapPlacement($0).isPool(in: poolDirectory) }
        guard let base = own.first?.start else { return nil }
        return own.filter { $0.start < base + UInt(poolSize) }.max { $0.end - $0.start < $1.end - $1.start }
    }

    /// What the fork that made `child` did to the heap of `server`; nil if either cannot be looked at, or if
    /// the child runs another program by now.
    func effect(server: pid_t, child: pid_t) -> ForkEffect? {
        guard let ours = try? MemoryMapping.read(process: server),
            let theirs = try? MemoryMapping.read(process: child),
            let program = RealPath.resolve("/proc/\(server)/exe"),
            RealPath.resolve("/proc/\(child)/exe") == program
        else { return nil }
        guard poolDirectory != nil else { return .anonymous }
        guard let heap = heap(of: ours) else { return .unexpected }
        return HeapPlacement(of: heap.start, in: theirs).map {
            ForkEffect(parent: HeapPlacement(heap), child: $0)
        } ?? .unexpected
    }

    /// Path of the object whose malloc a process calls that `preload` was loaded into before all others, which
    /// may bring an allocator of their own; "unknown" if it was not.
    static func allocator(of mappings: [MemoryMapping], preload: String) -> String {
        let name = preload.split(separator: "/").last ?? ""
        return mappings.first { $0.path == preload || $0.path.hasSuffix("/\(name)") }?.path ?? "unknown"
    }
}
