import CLinux

/// A lock in memory that the owner provides and that outlives it: a futex(2) of three states, after Drepper's "Futexes Are
/// Tricky". Never allocates, and keeps errno.
///
/// Not pthread_mutex_lock(3), which lock checkers and tracers hook.
public struct Mutex {
    private let state: UnsafeMutablePointer<UInt32>

    private static let free: UInt32 = 0
    private static let held: UInt32 = 1
    /// Held, and somebody may be waiting.
    private static let contended: UInt32 = 2

    /// Bytes that a mutex takes. Zeroed memory is an unlocked one.
    public static let size = 8

    /// The mutex in `storage`, 4-byte aligned, in whatever state it is.
    public init(at storage: UnsafeMutableRawPointer) {
        state = storage.assumingMemoryBound(to: UInt32.self)
    }

    /// Makes it unlocked whatever it was: for a new one, and for the one thread of a child after fork(2).
    public func reset() {
        state.pointee = Self.free
        #if VMMALLOC_DEBUG
            setHolder(0)
        #endif
    }

    /// Takes the lock. The debug build notices a thread that has it already.
    public func lock() {
        #if VMMALLOC_DEBUG
            invariant(holder != Linux.threadID, "the lock is held by this thread already")
        #endif
        if !tryLock() { waitAndLock() }
    }

    /// Takes the lock if nobody has it. Returns whether it was taken.
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

    /// Gives the lock back. The debug build notices a thread that does not have it.
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
        /// The thread that has the lock, or 0.
        private var holder: pid_t { pid_t(bitPattern: (state + 1).pointee) }

        private func setHolder(_ thread: pid_t) {
            (state + 1).pointee = UInt32(bitPattern: thread)
        }
    #endif
}
