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
    public func reset() { pthread_mutex_init(storage, nil) }

    /// pthread_mutex_lock(3).
    public func lock() { pthread_mutex_lock(storage) }

    /// pthread_mutex_unlock(3).
    public func unlock() { pthread_mutex_unlock(storage) }
}
