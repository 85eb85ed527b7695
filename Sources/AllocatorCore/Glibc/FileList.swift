import CLinux

/// glibc's list of open FILEs, and the recursive lock of it.
public enum FileList {
    /// Whether `lock` took the lock. Written by who holds it.
    private nonisolated(unsafe) static var isLocked = false

    /// Before the allocator's locks are taken for a fork: glibc takes the same lock within fork(2), behind all handlers.
    /// A thread that flushes all FILEs holds it and waits for one whose owner waits for the allocator. Nothing in a
    /// process of one thread, where glibc's child does not reset the lock.
    public static func lock() {
        guard !linux_is_single_threaded(), linux_has_file_list() else { return }
        _IO_list_lock()
        isLocked = true
    }

    /// In the parent, when the allocator's locks are free again.
    public static func unlock() {
        guard isLocked else { return }
        isLocked = false
        _IO_list_unlock()
    }

    /// In the child, where glibc has reset the lock.
    public static func startOverInChild() { isLocked = false }

    /// Calls `body` with the memory that each FILE's lock lies in. Nothing where the list is not locked.
    static func forEachLock(_ body: (UnsafeMutableRawPointer) -> Void) {
        guard isLocked else { return }
        var file = _IO_iter_begin()
        let end = _IO_iter_end()
        while file != end, let current = file {
            if let lock = linux_file_lock(current) { body(lock) }
            file = _IO_iter_next(current)
        }
    }
}
