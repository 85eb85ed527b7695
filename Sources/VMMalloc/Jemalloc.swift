import CLinux
import CVMMalloc

/// Puts jemalloc on the pool, by its options and its arenas. After that the hot path is all jemalloc's.
enum Jemalloc {
    /// Makes all arenas and puts the pool's hooks on them. The first mallctl initialises jemalloc, unless a malloc has. Once, at
    /// start.
    static func hookArenas() {
        var count: CUnsignedInt = 0
        _ = vmmalloc_ctl_read_unsigned(("opt.narenas" as StaticString).cString, &count)
        for arena in 0..<count {
            var name = MessageLine()
            name.append("arena.")
            name.append(UInt64(arena))
            name.append(".extent_hooks")
            // For the first, which exists already. This call makes the others.
            try? name.withCString { _ = vmmalloc_ctl_write_hooks($0, vmmalloc_extent_hooks()) }
        }
    }

    /// For a hook that has found the pool full: makes this thread's cache return its blocks, and then all arenas their free
    /// extents. jemalloc holds none of its locks while it calls a hook. Returns false if this thread is doing so already.
    static func releaseAllThatIsFree() -> Bool {
        guard !vmmalloc_is_purging().pointee else { return false }
        // A cache that is still being made cannot be flushed.
        if !vmmalloc_makes_thread_cache().pointee {
            vmmalloc_is_purging().pointee = true
            _ = vmmalloc_ctl_call(("thread.tcache.flush" as StaticString).cString)
            vmmalloc_is_purging().pointee = false
        }
        return releaseFreeExtents()
    }

    /// Makes all arenas return their free extents to the pool. No lock of jemalloc may be held. Returns false if this thread is
    /// doing so already.
    static func releaseFreeExtents() -> Bool {
        guard !vmmalloc_is_purging().pointee else { return false }
        vmmalloc_is_purging().pointee = true
        defer { vmmalloc_is_purging().pointee = false }
        return vmmalloc_ctl_call(("arena.4096.purge" as StaticString).cString) == 0
    }

    /// One arena per processor instead of jemalloc's four. Each arena keeps free extents, which hurts in a pool of fixed size,
    /// has up to 2 MiB of metadata outside the pool, and costs time at start even if it is not used.
    private static func arenaCount(poolSize: Int) -> Int {
        let processors = __sysconf(CInt(_SC_NPROCESSORS_ONLN))
        return max(1, min(min(processors, poolSize >> 23), 64))
    }

    /// Sets the options that jemalloc reads when it initialises. They win over the user's MALLOC_CONF, since what the
    /// library promises depends on them.
    static func setOptions(poolSize: Int) {
        var options = MessageLine()
        // All extents must come through the hooks: none retained at boot, none from sbrk, none from the special arena for
        // large blocks, which would have no hooks.
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
