import CLinux

/// A pthread mutex in memory that the owner provides and that outlives it. Never allocates.
public struct Mutex {
    private let storage: UnsafeMutablePointer<pthread_mutex_t>

    /// A mutex, unlocked, in `storage`.
    public init(in storage: UnsafeMutablePointer<pthread_mutex_t>) {
        self.storage = storage
        reset()
    }

    /// Makes it unlocked whatever it was: for the one thread of a child after fork(2).
    public func reset() {
        #if VMMALLOC_DEBUG
            var attributes = pthread_mutexattr_t()
            pthread_mutexattr_init(&attributes)
            pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_ERRORCHECK))
            pthread_mutex_init(storage, &attributes)
        #else
            pthread_mutex_init(storage, nil)
        #endif
    }

    /// pthread_mutex_lock(3). The debug build notices a thread that has it already.
    public func lock() {
        let status = pthread_mutex_lock(storage)
        invariant(status == 0, "the lock is held by this thread already: \(SystemError(status))")
    }

    /// pthread_mutex_trylock(3). Returns whether the lock was taken.
    public func tryLock() -> Bool { pthread_mutex_trylock(storage) == 0 }

    /// pthread_mutex_unlock(3). The debug build notices a thread that does not have it.
    public func unlock() {
        let status = pthread_mutex_unlock(storage)
        invariant(status == 0, "the lock is not held by this thread: \(SystemError(status))")
    }
}
