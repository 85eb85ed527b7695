import CLinux

/// What is asked before the pages of a pool are copied and then replaced.
enum FoldConditions {
    /// Whether memory of the heap is locked, or pages that were moved aside, which stay locked.
    static func isLocked(_ pool: borrowing Pool) -> Bool {
        if Linux.isLocked(pool.base, length: pool.highWaterMark) { return true }
        guard let side = pool.addresses.side else { return false }
        return Linux.isLocked(side, length: pool.highWaterMark)
    }

    /// Whether the calling thread is the only one. Good until it runs other code. Asks the kernel: glibc's variable never goes back,
    /// and does not know of threads that glibc has not made.
    static var isOnlyThread: Bool {
        guard
            let fd = try? Linux.open(
                ("/proc/self/task" as StaticString).cString, flags: O_PATH | O_DIRECTORY | O_CLOEXEC)
        else { return false }
        defer { Linux.close(fd) }
        // Itself, its parent, and a directory per thread.
        return (try? Linux.status(of: fd))?.st_nlink == 3
    }
}
