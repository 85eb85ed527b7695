import CLinux
import CVMMalloc

/// jemalloc, put on the pool: its options and its arenas. After this the hot path is jemalloc's alone.
enum Jemalloc {
    /// Sets the options, which initialises jemalloc at the first mallctl, and hooks every arena.
    static func start(poolSize: Int) {
        setOptions(arenas: arenaCount(poolSize: poolSize))
        var count: CUnsignedInt = 0
        _ = vmmalloc_ctl_read_unsigned(("opt.narenas" as StaticString).cString, &count)
        for arena in 0..<count {
            var name = MessageLine()
            name.append("arena.")
            name.append(UInt64(arena))
            name.append(".extent_hooks")
            try? name.withCString { _ = vmmalloc_ctl_set_hooks($0) }
        }
    }

    /// jemalloc's own default is four a processor; but each holds on to free extents, so a small pool has fewer.
    /// Each costs time at start, whether it is used or not: hence the bound.
    private static func arenaCount(poolSize: Int) -> Int {
        let processors = sysconf(CInt(_SC_NPROCESSORS_ONLN))
        return max(1, min(min(4 &* processors, poolSize >> 23), 64))
    }

    /// These options win over the user's MALLOC_CONF, since what the library promises depends on them.
    private static func setOptions(arenas: Int) {
        var options = MessageLine()
        // All extents by the hooks: none kept back at boot, none from sbrk, none from a special arena for large
        // blocks, which would have no hooks.
        options.append("retain:false,dss:disabled,oversize_threshold:0,hpa:false,percpu_arena:disabled")
        // libvmmalloc(7): never creates threads.
        options.append(",background_thread:false")
        // As glibc and the original do: realloc(p, 0) frees.
        options.append(",zero_realloc:free")
        options.append(",narenas:")
        options.append(UInt64(truncatingIfNeeded: arenas))
        options.withText { text in
            UnsafeMutableRawBufferPointer(start: vmmalloc_options(), count: text.count).copyMemory(from: text)
        }
    }

}
