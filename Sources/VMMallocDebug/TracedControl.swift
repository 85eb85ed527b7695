import CLinux
import CVMMalloc

/// What mallctl(3) does to blocks without any other call.
enum TracedControl {
    /// Passes the call on to jemalloc, and records its effect before and after.
    static func around(
        _ path: ControlPath, _ thread: UnsafeMutableRawPointer, _ old: UnsafeMutableRawPointer?,
        _ new: UnsafeMutableRawPointer?, _ jemalloc: () -> CInt
    ) -> CInt {
        guard let new else {
            if wouldEmptyArena(path, thread) { forgetBlocks(of: path.arena) }
            return jemalloc()
        }
        guard path.leads(to: "experimental.batch_alloc", thread) else { return jemalloc() }
        // jemalloc reports some of the blocks to `CallHooks`, and others to nobody.
        let status = Blocks.ofJemalloc(jemalloc)
        guard status == 0, let old else { return status }
        let blocks = new.load(as: UnsafePointer<UnsafeMutableRawPointer>.self)
        for index in 0..<old.load(as: Int.self) {
            Blocks.noteLive(blocks[index])
            AllocationCounters.noteAllocated(sallocx(blocks[index], 0))
            trace("batch_alloc", "experimental.batch_alloc gave \(blocks[index])")
        }
        return status
    }

    /// Whether jemalloc will free all blocks of an arena. It does not for arenas of its own making, and it does not destroy an
    /// arena with threads.
    private static func wouldEmptyArena(_ path: ControlPath, _ thread: UnsafeMutableRawPointer) -> Bool {
        let isReset = path.leads(to: "arena.0.reset", thread, ofAnyArena: true)
        guard isReset || path.leads(to: "arena.0.destroy", thread, ofAnyArena: true) else { return false }
        var automatic: CUnsignedInt = 0
        _ = vmmalloc_ctl_read_unsigned(("opt.narenas" as StaticString).cString, &automatic)
        guard path.arena >= Int(automatic), !isReset else { return path.arena >= Int(automatic) }
        var threads: CUnsignedInt = 0
        _ = vmmalloc_ctl_refresh_statistics()
        var name = MessageLine()
        name.append("stats.arenas.")
        name.append(UInt64(truncatingIfNeeded: path.arena))
        name.append(".nthreads")
        try? name.withCString { _ = vmmalloc_ctl_read_unsigned($0, &threads) }
        return threads == 0
    }

    /// To be called before jemalloc may give their memory to others.
    private static func forgetBlocks(of arena: Int) {
        LiveBlocks.all?.forEach { block in
            var owner: CUnsignedInt = 0
            guard vmmalloc_ctl_arena_of(block, &owner) == 0, Int(owner) == arena else { return }
            AllocationCounters.noteFreed(sallocx(block, 0))
            Blocks.noteFreed(block)
            trace("reset", "arena \(owner) is emptied: \(block)")
        }
    }
}
