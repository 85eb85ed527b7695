import CLinux

/// glibc's list of open FILEs, with its recursive lock.
public enum FileList {
    /// Whether `lock` took the lock. Written only by the thread that holds it.
    private nonisolated(unsafe) static var isLocked = false

    /// To be called before the allocator's locks are taken for a fork, since glibc takes this lock within fork(2), after all
    /// handlers. Otherwise a thread that flushes all FILEs could hold it and wait for a FILE whose owner waits for the
    /// allocator. Does nothing in a process with one thread, where glibc does not reset the lock in the child.
    public static func lock() {
        guard !linux_is_single_threaded(), linux_has_file_list() else { return }
        _IO_list_lock()
        isLocked = true
    }

    /// Releases the lock, in the parent, once the allocator's locks are free again.
    public static func unlock() {
        guard isLocked else { return }
        isLocked = false
        _IO_list_unlock()
    }

    /// In the child, where glibc has reset the lock already.
    public static func startOverInChild() { isLocked = false }

    /// Calls `body` with the address of each FILE's lock. Does nothing if the list is not locked. `body` must not open or close
    /// a FILE.
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
