import CLinux
import CVMMalloc

/// jemalloc's function that makes a thread's cache, redirected by the linker's --wrap. It takes the cache's memory from arena 0
/// and does not check that there is any, so with a full pool the first malloc of a new thread would crash. So the alloc hook
/// must know what the memory is for.
@c(__wrap_je_tsd_tcache_enabled_data_init)
public func makeThreadCache(_ threadData: UnsafeMutableRawPointer) -> Bool {
    vmmalloc_makes_thread_cache().pointee = true
    defer { vmmalloc_makes_thread_cache().pointee = false }
    return __real_je_tsd_tcache_enabled_data_init(threadData)
}

/// The same for a thread that asks for its cache later, by mallctl(3) and thread.tcache.enabled.
@c(__wrap_je_tsd_tcache_data_init)
public func makeThreadCacheAnew(_ threadData: UnsafeMutableRawPointer) -> Bool {
    vmmalloc_makes_thread_cache().pointee = true
    defer { vmmalloc_makes_thread_cache().pointee = false }
    return __real_je_tsd_tcache_data_init(threadData)
}

/// Whether any thread's cache lies outside the pool, or once did. When that thread has ended, jemalloc may hand the memory out
/// like any other.
nonisolated(unsafe) var threadCachesLieOutside = false

/// Anonymous memory for the cache of a thread that was started while the pool was full. Nil for any other extent.
func threadCacheOutsideThePool(_ length: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    guard vmmalloc_makes_thread_cache().pointee, alignment <= Linux.pageSize else { return nil }
    threadCachesLieOutside = true
    return try? Linux.map(
        at: nil, length: length, protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS,
        fd: -1)
}
