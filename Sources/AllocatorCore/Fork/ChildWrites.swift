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
/// The list of FILEs is locked from before it is read until the fork is over; glibc takes the same, recursive lock.
enum ChildWrites {
    /// In prepare: makes the pages private. Returns whether the list of FILEs is locked, so that `unlockFiles` is due.
    static func separate(_ pool: inout Pool) throws(SystemError) -> Bool {
        guard !linux_is_single_threaded() else { return false }
        let hasFiles = linux_has_file_list()
        if hasFiles {
            _IO_list_lock()
            noteFileLocks(&pool)
        }
        do throws(SystemError) {
            try pool.separatePagesWrittenByChild()
        } catch {
            if hasFiles { _IO_list_unlock() }
            throw error
        }
        return hasFiles
    }

    private static func noteFileLocks(_ pool: inout Pool) {
        var file = _IO_iter_begin()
        let end = _IO_iter_end()
        while file != end, let current = file {
            if let lock = linux_file_lock(current), pool.contains(lock) {
                pool.noteWrittenByChild(lock, length: LINUX_FILE_LOCK_SIZE)
            }
            file = _IO_iter_next(current)
        }
    }

    /// In the parent's resume, if `separate` said so. The child's list is reset by glibc.
    static func unlockFiles() { _IO_list_unlock() }
}
