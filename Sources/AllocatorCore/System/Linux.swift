import CLinux

/// The whole contract with the operating system, one thin wrapper a system call.
///
/// Nothing here allocates, takes a lock or retries, but for EINTR where a call may be cut short. Every
/// function is async-signal-safe and may be called from any thread and from an atfork handler. Failures are
/// thrown as `SystemError`; errno stays as it is. Pages are 4 KiB and sizes are bytes unless a name says otherwise.
///
/// The calls go to the kernel past libc's functions of the same names: other preload libraries hook those, and allocate,
/// lock or lie in their hooks. To none of them may a malloc call.
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
        let mapped = try call(
            SYS_mmap, Int(bitPattern: address), length, Int(protection), Int(flags), Int(fd), offset)
        guard let mapped = UnsafeMutableRawPointer(bitPattern: mapped) else { throw SystemError(ENOMEM) }
        return mapped
    }

    /// munmap(2).
    public static func unmap(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        _ = try call(SYS_munmap, Int(bitPattern: address), length)
    }

    /// mremap(2) to a fixed address. With MREMAP_DONTUNMAP in `flags` the old range stays mapped, emptied.
    public static func move(
        _ address: UnsafeMutableRawPointer, length: Int, to target: UnsafeMutableRawPointer, flags: CInt = 0
    ) throws(SystemError) {
        _ = try call(
            SYS_mremap, Int(bitPattern: address), length, length,
            Int(MREMAP_MAYMOVE | MREMAP_FIXED | flags), Int(bitPattern: target))
    }

    /// mprotect(2).
    public static func protect(
        _ address: UnsafeMutableRawPointer, length: Int, _ protection: CInt
    ) throws(SystemError) {
        _ = try call(SYS_mprotect, Int(bitPattern: address), length, Int(protection))
    }

    /// madvise(2).
    public static func advise(
        _ address: UnsafeMutableRawPointer, length: Int, _ advice: CInt
    ) throws(SystemError) {
        _ = try call(SYS_madvise, Int(bitPattern: address), length, Int(advice))
    }

    // MARK: Locked memory

    /// mlock2(2): on fault, or with everything brought into memory first. Throws ENOMEM, EPERM or EAGAIN where
    /// RLIMIT_MEMLOCK is in the way.
    public static func lock(
        _ address: UnsafeMutableRawPointer, length: Int, onFault: Bool
    ) throws(SystemError) {
        _ = try call(
            SYS_mlock2, Int(bitPattern: address), length, onFault ? Int(MLOCK_ONFAULT) : 0)
    }

    /// mlockall(2).
    public static func lockAll(_ flags: CInt) throws(SystemError) { _ = try call(SYS_mlockall, Int(flags)) }

    /// munlock(2).
    public static func unlock(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        _ = try call(SYS_munlock, Int(bitPattern: address), length)
    }

    /// Whether any page of the range is locked, by msync(2): EBUSY with MS_INVALIDATE is said for no other reason. Costs
    /// nothing for the pages, only for the mappings.
    public static func isLocked(_ address: UnsafeMutableRawPointer, length: Int) -> Bool {
        do throws(SystemError) {
            _ = try call(SYS_msync, Int(bitPattern: address), length, Int(MS_ASYNC | MS_INVALIDATE))
            return false
        } catch {
            return error.code == EBUSY
        }
    }

    /// mincore(2) of one page.
    public static func isResident(page: UnsafeMutableRawPointer) -> Bool {
        var residence: CUnsignedChar = 0
        let answer = try? withUnsafeMutablePointer(to: &residence) { (residence) throws(SystemError) in
            try call(SYS_mincore, Int(bitPattern: page), pageSize, Int(bitPattern: residence))
        }
        return answer != nil && residence & 1 != 0
    }

    // MARK: Files

    /// openat(2).
    public static func open(
        _ path: UnsafePointer<CChar>, in directory: CInt = AT_FDCWD, flags: CInt, mode: mode_t = 0
    ) throws(SystemError) -> CInt {
        let fd = try callUninterrupted(
            SYS_openat, Int(directory), Int(bitPattern: path), Int(flags), Int(mode))
        return CInt(truncatingIfNeeded: fd)
    }

    /// close(2). Errors of a descriptor that is given up have no remedy and are ignored.
    public static func close(_ fd: CInt) { _ = try? call(SYS_close, Int(fd)) }

    /// fcntl(2) F_DUPFD_CLOEXEC: the lowest free descriptor not below `minimum`.
    public static func duplicate(_ fd: CInt, above minimum: CInt) throws(SystemError) -> CInt {
        CInt(truncatingIfNeeded: try call(SYS_fcntl, Int(fd), Int(F_DUPFD_CLOEXEC), Int(minimum)))
    }

    /// unlinkat(2).
    public static func unlink(_ path: UnsafePointer<CChar>, in directory: CInt) throws(SystemError) {
        _ = try call(SYS_unlinkat, Int(directory), Int(bitPattern: path), 0)
    }

    /// readlink(2): what the link at `path` leads to, in `text` of `capacity` bytes, without a NUL. Returns its length.
    static func readLink(
        _ path: UnsafePointer<CChar>, _ text: UnsafeMutablePointer<CChar>, capacity: Int
    ) throws(SystemError) -> Int {
        try call(
            SYS_readlinkat, Int(AT_FDCWD), Int(bitPattern: path), Int(bitPattern: text), capacity)
    }

    /// getcwd(2): the absolute path of the working directory, in `text` of `capacity` bytes, with a NUL. Throws ENOENT
    /// where it lies outside of the process's root.
    static func workingDirectory(
        _ text: UnsafeMutablePointer<CChar>, capacity: Int
    ) throws(SystemError) {
        _ = try call(SYS_getcwd, Int(bitPattern: text), capacity)
        guard text[0] == CChar(truncatingIfNeeded: UInt8(ascii: "/")) else { throw SystemError(ENOENT) }
    }

    /// fstat(2).
    public static func status(of fd: CInt) throws(SystemError) -> stat {
        var result = stat()
        try withUnsafeMutablePointer(to: &result) { (result) throws(SystemError) in
            _ = try call(SYS_fstat, Int(fd), Int(bitPattern: result))
        }
        return result
    }

    /// fstatfs(2).
    public static func fileSystemStatus(of fd: CInt) throws(SystemError) -> statfs {
        var result = statfs()
        try withUnsafeMutablePointer(to: &result) { (result) throws(SystemError) in
            _ = try call(SYS_fstatfs, Int(fd), Int(bitPattern: result))
        }
        return result
    }

    /// ftruncate(2).
    public static func truncate(_ fd: CInt, to length: Int) throws(SystemError) {
        _ = try callUninterrupted(SYS_ftruncate, Int(fd), length)
    }

    /// fallocate(2). `mode` 0 reserves; FALLOC_FL_PUNCH_HOLE gives back.
    public static func allocate(
        _ fd: CInt, mode: CInt = 0, offset: Int, length: Int
    ) throws(SystemError) {
        _ = try callUninterrupted(SYS_fallocate, Int(fd), Int(mode), offset, length)
    }

    /// sync_file_range(2).
    public static func synchronize(
        _ fd: CInt, offset: Int, length: Int, flags: CInt
    ) throws(SystemError) {
        _ = try callUninterrupted(SYS_sync_file_range, Int(fd), offset, length, Int(flags))
    }

    /// ioctl_ficlone(2): `target` becomes a reflink of the whole of `source`.
    public static func reflink(from source: CInt, to target: CInt) throws(SystemError) {
        _ = try callUninterrupted(SYS_ioctl, Int(target), Int(LINUX_FICLONE), Int(source))
    }

    /// ioctl_ficlonerange(2): `target` shares one range of `source`, at the same offset.
    public static func reflinkRange(
        from source: CInt, to target: CInt, offset: Int, length: Int
    ) throws(SystemError) {
        var range = file_clone_range(
            src_fd: Int64(source), src_offset: UInt64(truncatingIfNeeded: offset),
            src_length: UInt64(truncatingIfNeeded: length), dest_offset: UInt64(truncatingIfNeeded: offset))
        try withUnsafeMutablePointer(to: &range) { (range) throws(SystemError) in
            _ = try callUninterrupted(
                SYS_ioctl, Int(target), Int(LINUX_FICLONERANGE), Int(bitPattern: range))
        }
    }

    /// Has btrfs overwrite the blocks of this empty file in place, so that reserved space stays reserved.
    public static func disableCopyOnWrite(_ fd: CInt) throws(SystemError) {
        var flags: CInt = 0
        try withUnsafeMutablePointer(to: &flags) { (flags) throws(SystemError) in
            _ = try call(SYS_ioctl, Int(fd), Int(LINUX_FS_IOC_GETFLAGS), Int(bitPattern: flags))
            flags.pointee |= FS_NOCOW_FL
            _ = try call(SYS_ioctl, Int(fd), Int(LINUX_FS_IOC_SETFLAGS), Int(bitPattern: flags))
        }
    }

    /// Whether the file's mappings reach persistent memory directly: statx(2), STATX_ATTR_DAX.
    public static func isDAX(_ fd: CInt) -> Bool {
        var status = statx()
        let answer = try? withUnsafeMutablePointer(to: &status) { (status) throws(SystemError) in
            try call(
                SYS_statx, Int(fd), Int(bitPattern: ("" as StaticString).cString), Int(AT_EMPTY_PATH), 0,
                Int(bitPattern: status))
        }
        return answer != nil && status.stx_attributes & UInt64(STATX_ATTR_DAX) != 0
    }

    /// One copy_file_range(2) at the same offset in both files. Returns the bytes copied, possibly fewer.
    public static func copyRange(
        from source: CInt, to target: CInt, offset: Int, length: Int
    ) throws(SystemError) -> Int {
        var offsets = (source: offset, target: offset)
        return try withUnsafeMutablePointer(to: &offsets) { (offsets) throws(SystemError) in
            let first = UnsafeMutableRawPointer(offsets)
            return try callUninterrupted(
                SYS_copy_file_range, Int(source), Int(bitPattern: first), Int(target),
                Int(bitPattern: first + MemoryLayout<Int>.stride), length, 0)
        }
    }

    /// One read(2). Returns the bytes read, 0 at the end.
    public static func read(
        _ fd: CInt, into bytes: UnsafeMutableRawPointer, capacity: Int
    ) throws(SystemError) -> Int {
        try callUninterrupted(SYS_read, Int(fd), Int(bitPattern: bytes), capacity)
    }

    /// One pwrite(2). Returns the bytes written, possibly fewer.
    public static func write(
        _ bytes: UnsafeRawPointer, length: Int, to fd: CInt, offset: Int
    ) throws(SystemError) -> Int {
        try callUninterrupted(SYS_pwrite64, Int(fd), Int(bitPattern: bytes), length, offset)
    }

    /// One write(2), for messages: what fails has no remedy and is ignored.
    static func write(_ bytes: UnsafeRawPointer, length: Int, to fd: CInt) {
        _ = try? call(SYS_write, Int(fd), Int(bitPattern: bytes), length)
    }

    // MARK: The process

    /// getpid(2).
    public static var processID: pid_t { pid_t(truncatingIfNeeded: (try? call(SYS_getpid)) ?? 0) }

    /// gettid(2).
    static var threadID: pid_t { pid_t(truncatingIfNeeded: (try? call(SYS_gettid)) ?? 0) }

    /// Whether some process has a thread of this number: tkill(2) without a signal.
    public static func isThread(_ number: pid_t) -> Bool {
        do throws(SystemError) {
            _ = try call(SYS_tkill, Int(number), 0)
            return true
        } catch {
            return error.code == EPERM
        }
    }

    /// wait4(2): waits until the child has ended, whatever signal its end sends. Not a cancellation point.
    public static func awaitEnd(of child: pid_t) {
        _ = try? callUninterrupted(SYS_wait4, Int(child), 0, Int(LINUX_WALL), 0)
    }

    /// exit_group(2).
    public static func exit(_ status: CInt) -> Never {
        while true { _ = try? call(SYS_exit_group, Int(status)) }
    }

    /// abort(3), to which no other library has a hook: a handler of the program runs, then the process ends by SIGABRT.
    public static func abort() -> Never {
        // sa_handler SIG_DFL, and no flags, restorer and mask.
        var defaults: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)
        for _ in 1...2 {
            changeSignalMask(SIG_UNBLOCK, 1 &<< UInt64(SIGABRT &- 1))
            _ = try? call(SYS_tgkill, Int(processID), Int(threadID), Int(SIGABRT))
            withUnsafeMutablePointer(to: &defaults) { defaults in
                _ = try? call(
                    SYS_rt_sigaction, Int(SIGABRT), Int(bitPattern: defaults), 0,
                    MemoryLayout<UInt64>.size)
            }
        }
        exit(127)
    }

    /// rt_sigprocmask(2): changes the calling thread's mask as `how` says. Returns what it was.
    @discardableResult
    static func changeSignalMask(_ how: CInt, _ signals: UInt64) -> UInt64 {
        var masks = (new: signals, old: UInt64(0))
        withUnsafeMutablePointer(to: &masks) { masks in
            let first = UnsafeMutableRawPointer(masks)
            let size = MemoryLayout<UInt64>.size
            _ = try? call(
                SYS_rt_sigprocmask, Int(how), Int(bitPattern: first), Int(bitPattern: first + size), size)
        }
        return masks.old
    }

    /// sched_yield(2).
    public static func yield() { _ = try? call(SYS_sched_yield) }

    /// sched_getaffinity(2): the processors that `thread` (0: this one) may run on, a bit each. Returns the bytes written.
    public static func affinity(
        of thread: pid_t, _ processors: UnsafeMutableRawPointer, size: Int
    ) throws(SystemError) -> Int {
        try call(SYS_sched_getaffinity, Int(thread), size, Int(bitPattern: processors))
    }

    // MARK: Waiting

    /// futex(2) FUTEX_WAIT of this process: sleeps while `word` holds `value`, and may wake without cause.
    static func wait(on word: UnsafeRawPointer, while value: UInt32) {
        _ = try? call(
            SYS_futex, Int(bitPattern: word), Int(FUTEX_WAIT | FUTEX_PRIVATE_FLAG), Int(value), 0)
    }

    /// futex(2) FUTEX_WAKE: one thread of this process that waits on `word`.
    static func wakeOne(on word: UnsafeRawPointer) {
        _ = try? call(SYS_futex, Int(bitPattern: word), Int(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), 1)
    }

    // MARK: Limits and time

    /// getrlimit(2).
    static func limit(_ resource: __rlimit_resource) throws(SystemError) -> rlimit {
        var limit = rlimit()
        try withUnsafeMutablePointer(to: &limit) { (limit) throws(SystemError) in
            _ = try call(SYS_prlimit64, 0, Int(resource.rawValue), 0, Int(bitPattern: limit))
        }
        return limit
    }

    /// setrlimit(2).
    static func setLimit(_ resource: __rlimit_resource, _ limit: rlimit) throws(SystemError) {
        var limit = limit
        try withUnsafeMutablePointer(to: &limit) { (limit) throws(SystemError) in
            _ = try call(SYS_prlimit64, 0, Int(resource.rawValue), Int(bitPattern: limit), 0)
        }
    }

    /// The soft limit, or nil for none.
    public static func softLimit(_ resource: __rlimit_resource) -> UInt64? {
        guard let limit = try? limit(resource), limit.rlim_cur != LINUX_RLIM_INFINITY else { return nil }
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
        _ = KernelClock.read(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    // MARK: The call

    /// One system call. Throws the errno that the kernel returns.
    static func call(
        _ number: CInt, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
    ) throws(SystemError) -> Int {
        let result = linux_system_call(Int(number), a, b, c, d, e, f)
        guard result > -1 || result < -largestErrorNumber else {
            throw SystemError(CInt(truncatingIfNeeded: 0 &- result))
        }
        return result
    }

    /// MAX_ERRNO of the kernel: no address and no count is so close below 0.
    private static let largestErrorNumber = 4095

    /// One system call, anew while a signal interrupts it.
    private static func callUninterrupted(
        _ number: CInt, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
    ) throws(SystemError) -> Int {
        while true {
            do throws(SystemError) {
                return try call(number, a, b, c, d, e, f)
            } catch {
                guard error.code == EINTR else { throw error }
            }
        }
    }
}
