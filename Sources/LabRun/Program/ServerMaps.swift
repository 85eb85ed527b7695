import Glibc
import LabBase
import Measurement
import SystemPackage

/// Reads the state of a server's heap from the mappings of the server and its children.
struct ServerMaps {
    /// The pool's directory, links resolved; nil for a reference.
    let poolDirectory: String?
    /// The size of the pool, bytes.
    let poolSize: Int

    /// The mapping among `mappings` that contains the heap; nil without a pool.
    ///
    /// The library maps the pool at the lowest of its addresses, and keeps mappings of the same file above
    /// it. Single pages of the pool may be private, so the longest mapping decides.
    func heap(of mappings: [MemoryMapping]) -> MemoryMapping? {
        guard let poolDirectory else { return nil }
        let own = mappings.filter { $0.isWritable && HeapPlacement($0).isPool(in: poolDirectory) }
        guard let base = own.first?.start else { return nil }
        return own.filter { $0.start < base + UInt(poolSize) }.max { $0.end - $0.start < $1.end - $1.start }
    }

    /// What the fork that made `child` did to the heap of `server`; nil if either cannot be looked at, or if
    /// the child already runs another program.
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
    /// Both mappings may have changed since the fork, since a private pool gets anonymous memory for new extents: the parts
    /// of the parent's heap for which the child still has a file decide.
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

    /// The path of the library whose malloc a process calls: `preload`, if that was loaded, since it comes before libraries with
    /// their own allocators; otherwise "unknown".
    static func allocator(of mappings: [MemoryMapping], preload: String) -> String {
        let name = FilePath(preload).lastComponent
        return mappings.first { FilePath($0.path).lastComponent == name }?.path ?? "unknown"
    }
}
