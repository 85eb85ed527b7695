import CLinux

// The calls from jemalloc to libc that another library may hook, redirected by the linker's --wrap. A hook that allocates
// would re-enter jemalloc under its locks, and one that lies would tell it a wrong time. `syscall` and `open`, which are
// variadic, are in JemallocSystemCalls.c; mmap and munmap are in MetadataMemory.swift.
//
// Calls still go to libc if they never allocate (memcpy and so on), if they happen where jemalloc may be re-entered (dlsym,
// pthread_atfork, pthread_setspecific), or if they serve threads and profiles that our options and exports rule out.
//
// All of these may run under jemalloc's locks, in any thread and signal handler, and must not allocate.

/// Returns -1 and sets errno, as libc's functions do.
private func failing(_ call: () throws(SystemError) -> Int) -> Int {
    do throws(SystemError) {
        return try call()
    } catch {
        linux_set_errno(error.code)
        return -1
    }
}

/// close(2).
@c(__wrap_close)
public func closeForJemalloc(_ fd: CInt) -> CInt {
    Linux.close(fd)
    return 0
}

/// readlink(2).
@c(__wrap_readlink)
public func readLinkForJemalloc(
    _ path: UnsafePointer<CChar>, _ text: UnsafeMutablePointer<CChar>, _ capacity: Int
) -> Int {
    failing { () throws(SystemError) in try Linux.readLink(path, text, capacity: capacity) }
}

/// madvise(2).
@c(__wrap_madvise)
public func adviseForJemalloc(_ address: UnsafeMutableRawPointer, _ length: Int, _ advice: CInt) -> CInt {
    CInt(
        failing { () throws(SystemError) in
            try Linux.advise(address, length: length, advice)
            return 0
        })
}

/// mprotect(2).
@c(__wrap_mprotect)
public func protectForJemalloc(_ address: UnsafeMutableRawPointer, _ length: Int, _ protection: CInt) -> CInt
{
    CInt(
        failing { () throws(SystemError) in
            try Linux.protect(address, length: length, protection)
            return 0
        })
}

/// sbrk(2): always fails, since its memory is not in the pool.
@c(__wrap_sbrk)
public func breakForJemalloc(_ increment: Int) -> UnsafeMutableRawPointer? {
    linux_set_errno(ENOMEM)
    return UnsafeMutableRawPointer(bitPattern: -1)
}

/// clock_gettime(2).
@c(__wrap_clock_gettime)
public func readClockForJemalloc(_ clock: CInt, _ time: UnsafeMutablePointer<timespec>) -> CInt {
    let result = KernelClock.read(clock, time)
    guard result != 0 else { return 0 }
    linux_set_errno(0 &- result)
    return -1
}

/// sched_yield(2).
@c(__wrap_sched_yield)
public func yieldForJemalloc() -> CInt {
    Linux.yield()
    return 0
}

/// sched_getaffinity(2).
@c(__wrap_sched_getaffinity)
public func affinityForJemalloc(_ thread: pid_t, _ size: Int, _ processors: UnsafeMutableRawPointer) -> CInt {
    memset(processors, 0, size)
    return failing { () throws(SystemError) in try Linux.affinity(of: thread, processors, size: size) } < 0
        ? -1 : 0
}

/// sysconf(3), by the name that nobody interposes.
@c(__wrap_sysconf)
public func configurationForJemalloc(_ name: CInt) -> Int { __sysconf(name) }

/// pthread_key_create(3), likewise.
@c(__wrap_pthread_key_create)
public func makeKeyForJemalloc(
    _ key: UnsafeMutablePointer<pthread_key_t>,
    _ destructor: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) -> CInt {
    __pthread_key_create(key, destructor)
}

// MARK: Locks

// jemalloc gets our locks, which lie in the memory of a pthread_mutex_t. Its background threads would use them with libc's
// condition variables, so it gets no such threads.

/// pthread_create(3): libvmmalloc(7) promises that the library creates no threads.
@c(__wrap_pthread_create)
public func makeThreadForJemalloc() -> CInt { EAGAIN }

/// pthread_cond_init(3): does nothing. jemalloc makes one for each background thread that it could have.
@c(__wrap_pthread_cond_init)
public func makeConditionForJemalloc(
    _ condition: UnsafeMutableRawPointer, _ attributes: UnsafeRawPointer?
) -> CInt { 0 }

/// pthread_mutex_init(3). The attributes only tune libc's locks.
@c(__wrap_pthread_mutex_init)
public func makeLockForJemalloc(_ lock: UnsafeMutableRawPointer, _ attributes: UnsafeRawPointer?) -> CInt {
    Mutex(at: lock).reset()
    return 0
}

/// pthread_mutex_lock(3).
@c(__wrap_pthread_mutex_lock)
public func lockForJemalloc(_ lock: UnsafeMutableRawPointer) -> CInt {
    Mutex(at: lock).lock()
    return 0
}

/// pthread_mutex_trylock(3).
@c(__wrap_pthread_mutex_trylock)
public func tryLockForJemalloc(_ lock: UnsafeMutableRawPointer) -> CInt {
    Mutex(at: lock).tryLock() ? 0 : EBUSY
}

/// pthread_mutex_unlock(3).
@c(__wrap_pthread_mutex_unlock)
public func unlockForJemalloc(_ lock: UnsafeMutableRawPointer) -> CInt {
    Mutex(at: lock).unlock()
    return 0
}

/// pthread_mutexattr_init(3): does nothing.
@c(__wrap_pthread_mutexattr_init)
public func makeLockAttributesForJemalloc(_ attributes: UnsafeMutableRawPointer) -> CInt { 0 }

/// pthread_mutexattr_settype(3): does nothing.
@c(__wrap_pthread_mutexattr_settype)
public func setLockTypeForJemalloc(_ attributes: UnsafeMutableRawPointer, _ type: CInt) -> CInt { 0 }

/// pthread_mutexattr_destroy(3): does nothing.
@c(__wrap_pthread_mutexattr_destroy)
public func destroyLockAttributesForJemalloc(_ attributes: UnsafeMutableRawPointer) -> CInt { 0 }
