import CLinux

/// A lock: a futex(2) with three states, after Drepper's "Futexes Are Tricky". It lies in memory that the caller provides and
/// keeps for as long as the lock is used. Never allocates, and leaves errno alone. Not recursive.
///
/// Lock checkers and tracers hook pthread_mutex_lock(3), so it cannot be used here.
///
/// `lock` is not async-signal-safe: a handler on the thread that holds the lock would wait for ever. `tryLock` is.
public struct Mutex {
    private let state: UnsafeMutablePointer<UInt32>

    private static let free: UInt32 = 0
    private static let held: UInt32 = 1
    /// Held, and another thread may be waiting.
    private static let contended: UInt32 = 2

    /// The size of a mutex in bytes. Zeroed memory is an unlocked mutex.
    public static let size = 8

    /// The mutex in `storage`, which is 4-byte aligned, in the state that it is in.
    public init(at storage: UnsafeMutableRawPointer) {
        state = storage.assumingMemoryBound(to: UInt32.self)
    }

    /// Unlocks it, whoever holds it: for a new mutex, and for the only thread of a child after fork(2).
    public func reset() {
        state.pointee = Self.free
        #if VMMALLOC_DEBUG
            setHolder(0)
        #endif
    }

    /// Takes the lock, and waits for it if need be. The debug build aborts if this thread holds it already.
    public func lock() {
        #if VMMALLOC_DEBUG
            invariant(holder != Linux.threadID, "the lock is held by this thread already")
        #endif
        if !tryLock() { waitAndLock() }
    }

    /// Takes the lock if it is free. Returns whether it did.
    public func tryLock() -> Bool {
        let taken = linux_compare_exchange_acquire(state, Self.free, Self.held)
        #if VMMALLOC_DEBUG
            if taken { setHolder(Linux.threadID) }
        #endif
        return taken
    }

    private func waitAndLock() {
        while linux_exchange_acquire(state, Self.contended) != Self.free {
            Linux.wait(on: state, while: Self.contended)
        }
        #if VMMALLOC_DEBUG
            setHolder(Linux.threadID)
        #endif
    }

    /// Releases the lock. The debug build aborts if this thread does not hold it.
    public func unlock() {
        #if VMMALLOC_DEBUG
            invariant(holder == Linux.threadID, "the lock is not held by this thread")
            setHolder(0)
        #endif
        if linux_exchange_release(state, Self.free) == Self.contended {
            Linux.wakeOne(on: state)
        }
    }

    #if VMMALLOC_DEBUG
        /// The thread that holds the lock, or 0.
        private var holder: pid_t { pid_t(bitPattern: (state + 1).pointee) }

        private func setHolder(_ thread: pid_t) {
            (state + 1).pointee = UInt32(bitPattern: thread)
        }
    #endif
}
