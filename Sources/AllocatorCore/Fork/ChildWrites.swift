import CLinux

/// What glibc writes to the heap in a child before our handler has given the child its copy, and how it is kept from
/// the parent.
///
/// In the child of a multi-threaded process, fork(2) first resets the lock of every FILE, and zeroes the other threads'
/// thread-specific values. FILEs, and the values of keys beyond the first 32 (`ThreadDescriptor`), lie in the heap; while
/// the pool is shared that would release locks that the parent's threads hold, and lose their values. So these pages
/// become private in the parent before it forks, for good: the kernel's copy-on-write keeps them apart, and the child
/// puts what it finds there into its own copy. The change loses no write of another thread: up to it a write reaches
/// the file, of which the private mapping shows the bytes, and after it the private page.
///
/// The list of FILEs is locked from before the allocator is until the fork is over (`FileList`).
enum ChildWrites {
    /// In reserve and again in prepare, for those that came between: makes the pages private.
    static func separate(_ pool: inout Pool) throws(SystemError) {
        guard !linux_is_single_threaded() else { return }
        FileList.forEachLock { lock in
            if pool.contains(lock) { pool.noteWrittenByChild(lock, length: LINUX_FILE_LOCK_SIZE) }
        }
        try pool.separatePagesWrittenByChild()
    }
}
