import CLinux

/// The whole contract with the operating system, one thin wrapper a system call.
///
/// Nothing here allocates, takes a lock or retries, but for EINTR where a call may be cut short. Every
/// function is async-signal-safe and may be called from any thread and from an atfork handler. Failures are
/// thrown as `SystemError`. Pages are 4 KiB and sizes are bytes unless a name says otherwise.
public enum Linux {
    /// The size of a page that jemalloc and the pool count in. Debian's amd64 jemalloc is built for 4 KiB.
    public static let pageSize = 4096

    /// The size that the processor maps with one page-table entry of the next level (PMD).
    public static let hugePageSize = 2 << 20

    // MARK: Mappings

    /// mmap(2).
    public static func map(
        at address: UnsafeMutableRawPointer?, length: Int, protection: CInt, flags: CInt, fd: CInt,
        offset: Int = 0
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        let result = linux_mmap(address, length, protection, flags, fd, offset)
        guard result != -1, let mapped = UnsafeMutableRawPointer(bitPattern: result) else { throw .last }
        return mapped
    }

    /// munmap(2).
    public static func unmap(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        try check(linux_munmap(address, length))
    }

    /// mremap(2) to a fixed address. With MREMAP_DONTUNMAP in `flags` the old range stays mapped, emptied.
    public static func move(
        _ address: UnsafeMutableRawPointer, length: Int, to target: UnsafeMutableRawPointer, flags: CInt = 0
    ) throws(SystemError) {
        guard linux_mremap(address, length, length, MREMAP_MAYMOVE | MREMAP_FIXED | flags, target) != -1
        else { throw .last }
    }

    /// mprotect(2).
    public static func protect(
        _ address: UnsafeMutableRawPointer, length: Int, _ protection: CInt
    ) throws(SystemError) {
        try check(mprotect(address, length, protection))
    }

    /// madvise(2).
    public static func advise(
        _ address: UnsafeMutableRawPointer, length: Int, _ advice: CInt
    ) throws(SystemError) {
        try check(madvise(address, length, advice))
    }

    // MARK: Locked memory

    /// mlock2(2): on fault, or with everything brought into memory first. Throws ENOMEM, EPERM or EAGAIN where
    /// RLIMIT_MEMLOCK is in the way.
    public static func lock(
        _ address: UnsafeMutableRawPointer, length: Int, onFault: Bool
    ) throws(SystemError) {
        try check(linux_mlock2(address, length, onFault ? CInt(MLOCK_ONFAULT) : 0))
    }

    /// munlock(2).
    public static func unlock(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        try check(linux_munlock(address, length))
    }

    /// Whether any page of the range is locked, by msync(2): EBUSY with MS_INVALIDATE is said for no other reason. Costs
    /// nothing for the pages, only for the mappings.
    public static func isLocked(_ address: UnsafeMutableRawPointer, length: Int) -> Bool {
        linux_msync(address, length, MS_ASYNC | MS_INVALIDATE) == -1 && linux_errno() == EBUSY
    }

    /// mincore(2) of one page.
    public static func isResident(page: UnsafeMutableRawPointer) -> Bool {
        var residence: CUnsignedChar = 0
        return linux_mincore(page, pageSize, &residence) == 0 && residence & 1 != 0
    }

    // MARK: Files

    /// openat(2).
    public static func open(
        _ path: UnsafePointer<CChar>, in directory: CInt = AT_FDCWD, flags: CInt, mode: mode_t = 0
    ) throws(SystemError) -> CInt {
        var fd: CInt
        repeat { fd = linux_openat(directory, path, flags, mode) } while fd == -1 && linux_errno() == EINTR
        return try checked(fd)
    }

    /// close(2). Errors of a descriptor that is given up have no remedy and are ignored.
    public static func close(_ fd: CInt) { _ = CLinux.close(fd) }

    /// fcntl(2) F_DUPFD_CLOEXEC: the lowest free descriptor not below `minimum`.
    public static func duplicate(_ fd: CInt, above minimum: CInt) throws(SystemError) -> CInt {
        try checked(linux_duplicate_above(fd, minimum))
    }

    /// unlinkat(2).
    public static func unlink(_ path: UnsafePointer<CChar>, in directory: CInt) throws(SystemError) {
        try check(unlinkat(directory, path, 0))
    }

    /// fstat(2).
    public static func status(of fd: CInt) throws(SystemError) -> stat {
        var result = stat()
        try check(fstat(fd, &result))
        return result
    }

    /// fstatfs(2).
    public static func fileSystemStatus(of fd: CInt) throws(SystemError) -> statfs {
        var result = statfs()
        try check(fstatfs(fd, &result))
        return result
    }

    /// ftruncate(2).
    public static func truncate(_ fd: CInt, to length: Int) throws(SystemError) {
        try checkUninterrupted { ftruncate(fd, length) }
    }

    /// fallocate(2). `mode` 0 reserves; FALLOC_FL_PUNCH_HOLE gives back.
    public static func allocate(
        _ fd: CInt, mode: CInt = 0, offset: Int, length: Int
    ) throws(SystemError) {
        try checkUninterrupted { fallocate(fd, mode, offset, length) }
    }

    /// sync_file_range(2).
    public static func synchronize(
        _ fd: CInt, offset: Int, length: Int, flags: CInt
    ) throws(SystemError) {
        try checkUninterrupted { sync_file_range(fd, offset, length, CUnsignedInt(flags)) }
    }

    /// ioctl_ficlone(2): `target` becomes a reflink of the whole of `source`.
    public static func reflink(from source: CInt, to target: CInt) throws(SystemError) {
        try checkUninterrupted { linux_ficlone(target, source) }
    }

    /// ioctl_ficlonerange(2): `target` shares one range of `source`, at the same offset.
    public static func reflinkRange(
        from source: CInt, to target: CInt, offset: Int, length: Int
    ) throws(SystemError) {
        try checkUninterrupted {
            linux_ficlonerange(
                target, source, UInt64(truncatingIfNeeded: offset), UInt64(truncatingIfNeeded: length))
        }
    }

    /// Has btrfs overwrite the blocks of this empty file in place, so that reserved space stays reserved.
    public static func disableCopyOnWrite(_ fd: CInt) throws(SystemError) {
        try check(linux_set_nocow(fd))
    }

    /// Whether the file's mappings reach persistent memory directly: statx(2), STATX_ATTR_DAX.
    public static func isDAX(_ fd: CInt) -> Bool { linux_is_dax(fd) != 0 }

    /// One copy_file_range(2) at the same offset in both files. Returns the bytes copied, possibly fewer.
    public static func copyRange(
        from source: CInt, to target: CInt, offset: Int, length: Int
    ) throws(SystemError) -> Int {
        var sourceOffset = off64_t(offset)
        var targetOffset = off64_t(offset)
        return try checkedUninterrupted {
            copy_file_range(source, &sourceOffset, target, &targetOffset, length, 0)
        }
    }

    /// One read(2). Returns the bytes read, 0 at the end.
    public static func read(
        _ fd: CInt, into bytes: UnsafeMutableRawPointer, capacity: Int
    ) throws(SystemError) -> Int {
        try checkedUninterrupted { linux_read(fd, bytes, capacity) }
    }

    /// One pwrite(2). Returns the bytes written, possibly fewer.
    public static func write(
        _ bytes: UnsafeRawPointer, length: Int, to fd: CInt, offset: Int
    ) throws(SystemError) -> Int {
        try checkedUninterrupted { pwrite(fd, bytes, length, offset) }
    }

    // MARK: Limits and time

    /// getrlimit(2): the soft limit, or nil for none.
    public static func softLimit(_ resource: __rlimit_resource) -> UInt64? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur != LINUX_RLIM_INFINITY else { return nil }
        return UInt64(limit.rlim_cur)
    }

    /// The size of the address space, which RLIMIT_AS limits, by /proc/self/statm; nil where that cannot be read.
    public static var mappedBytes: Int? {
        guard let fd = try? open(("/proc/self/statm" as StaticString).cString, flags: O_RDONLY | O_CLOEXEC)
        else { return nil }
        defer { close(fd) }
        var text = InlineArray<32, UInt8>(repeating: 0)
        let length = withUnsafeMutablePointer(to: &text) {
            (try? read(fd, into: UnsafeMutableRawPointer($0), capacity: 32)) ?? 0
        }
        var pages = 0
        for index in 0..<length {
            guard text[index] != UInt8(ascii: " ") else { return pages &* pageSize }
            pages = pages &* 10 &+ Int(text[index] &- UInt8(ascii: "0"))
        }
        return nil
    }

    /// Whether a file may become `length` bytes long. Beyond RLIMIT_FSIZE the kernel says no by SIGXFSZ.
    public static func mayGrow(to length: Int) -> Bool {
        softLimit(RLIMIT_FSIZE).map { UInt64(truncatingIfNeeded: length) <= $0 } ?? true
    }

    /// clock_gettime(2) CLOCK_MONOTONIC in nanoseconds.
    public static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    // MARK: Results

    private static func check(_ result: CInt) throws(SystemError) {
        guard result != -1 else { throw .last }
    }

    private static func checked(_ result: CInt) throws(SystemError) -> CInt {
        guard result != -1 else { throw .last }
        return result
    }

    private static func checkUninterrupted(_ call: () -> CInt) throws(SystemError) {
        _ = try checkedUninterrupted { Int(call()) }
    }

    private static func checkedUninterrupted(_ call: () -> Int) throws(SystemError) -> Int {
        var result: Int
        repeat { result = call() } while result == -1 && linux_errno() == EINTR
        guard result != -1 else { throw .last }
        return result
    }
}
