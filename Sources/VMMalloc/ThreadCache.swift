import CLinux
import CVMMalloc

/// jemalloc's maker of a thread's cache, by the linker's --wrap. It takes the memory of the cache from arena 0, and does
/// not check that there is any: with the pool full, the first malloc of a new thread would crash. So the alloc hook has
/// to know what it is asked for.
@c(__wrap_je_tsd_tcache_enabled_data_init)
public func makeThreadCache(_ threadData: UnsafeMutableRawPointer) -> Bool {
    vmmalloc_makes_thread_cache().pointee = true
    defer { vmmalloc_makes_thread_cache().pointee = false }
    return __real_je_tsd_tcache_enabled_data_init(threadData)
}

/// The same for a thread that is without one until it asks for it, by mallctl(3) and thread.tcache.enabled.
@c(__wrap_je_tsd_tcache_data_init)
public func makeThreadCacheAnew(_ threadData: UnsafeMutableRawPointer) -> Bool {
    vmmalloc_makes_thread_cache().pointee = true
    defer { vmmalloc_makes_thread_cache().pointee = false }
    return __real_je_tsd_tcache_data_init(threadData)
}

/// Whether the cache of some thread lies outside the pool, or has. When that thread is gone, jemalloc may hand the memory
/// out as any other that is free.
nonisolated(unsafe) var threadCachesLieOutside = false

/// Anonymous memory for the cache of a thread that was started with the pool full. Nil for any other extent.
func threadCacheOutsideThePool(_ length: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    guard vmmalloc_makes_thread_cache().pointee, alignment <= Linux.pageSize else { return nil }
    threadCachesLieOutside = true
    return try? Linux.map(
        at: nil, length: length, protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS,
        fd: -1)
}
