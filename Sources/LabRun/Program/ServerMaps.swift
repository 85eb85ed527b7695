import Glibc
import LabBase
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
        return effect(server: ours, child: theirs)
    }

    /// What a fork did to a heap, by the mappings of `server` and of its `child` after it.
    ///
    /// Both may have changed theirs since the fork, since a private pool gets anonymous memory for new extents: what
    /// counts is where the child still has a file behind most of its parent's heap.
    func effect(server: [MemoryMapping], child: [MemoryMapping]) -> ForkEffect {
        guard let poolDirectory else { return .anonymous }
        guard let heap = heap(of: server) else { return .unexpected }
        func shared(_ mapping: MemoryMapping) -> Int {
            (mapping.start..<mapping.end).clamped(to: heap.start..<heap.end).count
        }
        let theirs = child.filter { shared($0) > 0 && HeapPlacement($0).isPool(in: poolDirectory) }
            .max { shared($0) < shared($1) }
        return theirs.map { ForkEffect(parent: HeapPlacement(heap), child: HeapPlacement($0)) } ?? .unexpected
    }

    /// Path of the object whose malloc a process calls that `preload` was loaded into before all others, which
    /// may bring an allocator of their own; "unknown" if it was not.
    static func allocator(of mappings: [MemoryMapping], preload: String) -> String {
        let name = preload.split(separator: "/").last ?? ""
        return mappings.first { $0.path == preload || $0.path.hasSuffix("/\(name)") }?.path ?? "unknown"
    }
}
