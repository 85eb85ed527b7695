import CLinux

/// Keeps away from the parent what glibc writes to the heap in a child before our handler has given the child its copy.
///
/// In the child of a multi-threaded process, fork(2) first resets the lock of every FILE and zeroes the other threads'
/// thread-specific values. FILEs, and the values of keys beyond the first 32 (`ThreadDescriptor`), lie in the heap. While the
/// pool is shared, that would release locks that the parent's threads hold, and lose their values. So the parent makes these
/// pages private before it forks, and they stay private: the kernel copies them on write, and the child puts its version into
/// its own copy of the pool. No write of another thread is lost. Before the change it reaches the file, whose bytes the
/// private mapping shows; after it, the private page.
///
/// The list of FILEs is locked (`FileList`) before the allocator is, and until the fork is over.
enum ChildWrites {
    /// Makes the pages private: in reserve, and again in prepare for FILEs that were opened in between. With the heap's lock and the
    /// lock of `FileList` held. Must not allocate. Throws as `Pool.preparePrivateMapping`.
    static func separate(_ pool: inout Pool) throws(SystemError) {
        guard !linux_is_single_threaded() else { return }
        FileList.forEachLock { lock in
            if pool.contains(lock) { pool.noteWrittenByChild(lock, length: LINUX_FILE_LOCK_SIZE) }
        }
        try pool.separatePagesWrittenByChild()
    }
}
