import CLinux
import CVMMalloc

/// jemalloc, put on the pool: its options and its arenas. After this the hot path is jemalloc's alone.
enum Jemalloc {
    /// Makes every arena and puts the pool's hooks on it. The first mallctl initialises jemalloc, if no malloc has.
    static func hookArenas() {
        var count: CUnsignedInt = 0
        _ = vmmalloc_ctl_read_unsigned(("opt.narenas" as StaticString).cString, &count)
        for arena in 0..<count {
            var name = MessageLine()
            name.append("arena.")
            name.append(UInt64(arena))
            name.append(".extent_hooks")
            // Of the first, which is there already. The others it makes.
            try? name.withCString { _ = vmmalloc_ctl_write_hooks($0, vmmalloc_extent_hooks()) }
        }
    }

    /// For a hook that has found the pool full: has this thread's cache give its blocks back, then every arena its free
    /// extents. jemalloc holds none of its locks while it calls a hook. Returns false if this thread is at it already.
    static func releaseAllThatIsFree() -> Bool {
        guard !vmmalloc_is_purging().pointee else { return false }
        // A cache that is being made cannot be emptied yet.
        if !vmmalloc_makes_thread_cache().pointee {
            vmmalloc_is_purging().pointee = true
            _ = vmmalloc_ctl_call(("thread.tcache.flush" as StaticString).cString)
            vmmalloc_is_purging().pointee = false
        }
        return releaseFreeExtents()
    }

    /// Has every arena give its free extents back to the pool. Returns false if this thread is at it already.
    static func releaseFreeExtents() -> Bool {
        guard !vmmalloc_is_purging().pointee else { return false }
        vmmalloc_is_purging().pointee = true
        defer { vmmalloc_is_purging().pointee = false }
        return vmmalloc_ctl_call(("arena.4096.purge" as StaticString).cString) == 0
    }

    /// One a processor, where jemalloc's default is four: each holds on to free extents, which a pool of fixed size
    /// feels, keeps up to 2 MiB of metadata outside it, and costs time at start whether it is used or not.
    private static func arenaCount(poolSize: Int) -> Int {
        let processors = __sysconf(CInt(_SC_NPROCESSORS_ONLN))
        return max(1, min(min(processors, poolSize >> 23), 64))
    }

    /// Sets the options that jemalloc reads when it initialises. They win over the user's MALLOC_CONF, since what the
    /// library promises depends on them.
    static func setOptions(poolSize: Int) {
        var options = MessageLine()
        // All extents by the hooks: none kept back at boot, none from sbrk, none from a special arena for large
        // blocks, which would have no hooks.
        options.append("retain:false,dss:disabled,oversize_threshold:0,hpa:false,percpu_arena:disabled")
        // It needs libm, and traces stacks in the middle of malloc.
        options.append(",prof:false")
        // libvmmalloc(7): never creates threads.
        options.append(",background_thread:false")
        options.append(",narenas:")
        options.append(UInt64(truncatingIfNeeded: arenaCount(poolSize: poolSize)))
        options.withText { text in
            UnsafeMutableRawBufferPointer(start: vmmalloc_options(), count: text.count).copyMemory(from: text)
        }
    }

}
