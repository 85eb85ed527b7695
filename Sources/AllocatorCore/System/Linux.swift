import CLinux

/// The system calls that the library makes, one thin wrapper each.
///
/// Nothing here allocates or takes a lock. A call is repeated only if a signal cuts it short (EINTR). Every function is
/// async-signal-safe and may be called from any thread, with any lock held and in any phase of a fork. Failures are thrown
/// as a `SystemError` with the kernel's errno value; the variable errno does not change. The comments name the errors that
/// callers act on; the manual pages have the others. Sizes and offsets are in bytes. Those of mappings are multiples of
/// `pageSize`.
///
/// The calls bypass libc's functions of the same names. Other preload libraries hook those and may allocate, lock or lie
/// in their hooks, which a malloc must not get into.
public enum Linux {
    /// The page size that jemalloc and the pool use. Debian builds jemalloc for 4 KiB on amd64.
    public static let pageSize = 4096

    /// What one page-table entry of the next level (PMD) maps.
    public static let hugePageSize = 2 << 20

    // MARK: Mappings

    /// mmap(2). With MAP_FIXED it replaces whatever lies at `address`: only the pool's own addresses may be passed. Throws
    /// ENOMEM if there is no room or a limit is reached (RLIMIT_AS, RLIMIT_DATA, vm.max_map_count), EAGAIN beyond
    /// RLIMIT_MEMLOCK, EOPNOTSUPP for MAP_SYNC on a file without DAX.
    public static func map(
        at address: UnsafeMutableRawPointer?, length: Int, protection: CInt, flags: CInt, fd: CInt,
        offset: Int = 0
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        let mapped = try call(
            SYS_mmap, Int(bitPattern: address), length, Int(protection), Int(flags), Int(fd), offset)
        guard let mapped = UnsafeMutableRawPointer(bitPattern: mapped) else { throw SystemError(ENOMEM) }
        return mapped
    }

    /// munmap(2). Ranges without a mapping are no error. Throws ENOMEM if a mapping would have to be split and there are too
    /// many.
    public static func unmap(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        _ = try call(SYS_munmap, Int(bitPattern: address), length)
    }

    /// mremap(2) to a fixed address, replacing whatever lies there. The range must be one mapping. With MREMAP_DONTUNMAP in
    /// `flags` the old range stays mapped but loses its pages. Throws ENOMEM or EAGAIN as `map`, EFAULT if the range is not one
    /// mapping. After an error the target may be unmapped.
    public static func move(
        _ address: UnsafeMutableRawPointer, length: Int, to target: UnsafeMutableRawPointer, flags: CInt = 0
    ) throws(SystemError) {
        _ = try call(
            SYS_mremap, Int(bitPattern: address), length, length,
            Int(MREMAP_MAYMOVE | MREMAP_FIXED | flags), Int(bitPattern: target))
    }

    /// mprotect(2). Throws ENOMEM if part of the range is not mapped, or if memory that becomes private and writable exceeds
    /// RLIMIT_DATA or what strict overcommit allows.
    public static func protect(
        _ address: UnsafeMutableRawPointer, length: Int, _ protection: CInt
    ) throws(SystemError) {
        _ = try call(SYS_mprotect, Int(bitPattern: address), length, Int(protection))
    }

    /// madvise(2). Throws EINVAL if the kernel does not know the advice or refuses it for locked memory, ENOMEM if part of the
    /// range is not mapped. MADV_POPULATE_WRITE throws EFAULT where a write would be SIGBUS.
    public static func advise(
        _ address: UnsafeMutableRawPointer, length: Int, _ advice: CInt
    ) throws(SystemError) {
        _ = try call(SYS_madvise, Int(bitPattern: address), length, Int(advice))
    }

    // MARK: Locked memory

    /// mlock2(2). Locks pages as they are touched (`onFault`), or brings all of them into memory first. Throws ENOMEM, EPERM or
    /// EAGAIN beyond RLIMIT_MEMLOCK.
    public static func lock(
        _ address: UnsafeMutableRawPointer, length: Int, onFault: Bool
    ) throws(SystemError) {
        _ = try call(
            SYS_mlock2, Int(bitPattern: address), length, onFault ? Int(MLOCK_ONFAULT) : 0)
    }

    /// mlockall(2). Throws ENOMEM or EPERM if RLIMIT_MEMLOCK forbids it.
    public static func lockAll(_ flags: CInt) throws(SystemError) { _ = try call(SYS_mlockall, Int(flags)) }

    /// munlock(2). Throws ENOMEM if part of the range is not mapped.
    public static func unlock(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        _ = try call(SYS_munlock, Int(bitPattern: address), length)
    }

    /// Whether any page of the range is locked. Asks msync(2), for which this is the only reason to answer EBUSY to MS_INVALIDATE.
    /// Takes time per mapping, not per page.
    public static func isLocked(_ address: UnsafeMutableRawPointer, length: Int) -> Bool {
        do throws(SystemError) {
            _ = try call(SYS_msync, Int(bitPattern: address), length, Int(MS_ASYNC | MS_INVALIDATE))
            return false
        } catch {
            return error.code == EBUSY
        }
    }

    /// Whether all pages of the range are mapped, by msync(2), which does nothing to them.
    static func isMapped(_ address: UnsafeMutableRawPointer, length: Int) -> Bool {
        do throws(SystemError) {
            _ = try call(SYS_msync, Int(bitPattern: address), length, Int(MS_ASYNC))
            return true
        } catch {
            return error.code != ENOMEM
        }
    }

    /// mincore(2): writes one byte per page to `residence`, whose lowest bit says whether the page is in memory. Throws ENOMEM if part
    /// of the range is not mapped.
    static func findResident(
        _ address: UnsafeMutableRawPointer, length: Int, _ residence: UnsafeMutableRawPointer
    ) throws(SystemError) {
        _ = try call(SYS_mincore, Int(bitPattern: address), length, Int(bitPattern: residence))
    }

    /// mincore(2): whether one page is in memory. False if it is not mapped.
    public static func isResident(page: UnsafeMutableRawPointer) -> Bool {
        var residence: CUnsignedChar = 0
        let answer = try? withUnsafeMutablePointer(to: &residence) { (residence) throws(SystemError) in
            try call(SYS_mincore, Int(bitPattern: page), pageSize, Int(bitPattern: residence))
        }
        return answer != nil && residence & 1 != 0
    }

    // MARK: Files

    /// openat(2). `path` is NUL-terminated. Throws EMFILE if the process has no free descriptor, ENFILE if the system has none,
    /// EOPNOTSUPP or EISDIR for O_TMPFILE if the file system lacks it, EEXIST for O_EXCL.
    public static func open(
        _ path: UnsafePointer<CChar>, in directory: CInt = AT_FDCWD, flags: CInt, mode: mode_t = 0
    ) throws(SystemError) -> CInt {
        let fd = try callUninterrupted(
            SYS_openat, Int(directory), Int(bitPattern: path), Int(flags), Int(mode))
        return CInt(truncatingIfNeeded: fd)
    }

    /// close(2). `fd` must be the caller's own. Errors are ignored: the descriptor is gone in any case.
    public static func close(_ fd: CInt) { _ = try? call(SYS_close, Int(fd)) }

    /// fcntl(2) F_DUPFD_CLOEXEC: a copy of `fd` under the lowest free number from `minimum` on. Throws EMFILE if there is none,
    /// EINVAL if `minimum` is not below RLIMIT_NOFILE.
    public static func duplicate(_ fd: CInt, above minimum: CInt) throws(SystemError) -> CInt {
        CInt(truncatingIfNeeded: try call(SYS_fcntl, Int(fd), Int(F_DUPFD_CLOEXEC), Int(minimum)))
    }

    /// unlinkat(2) of a file. `path` is NUL-terminated.
    public static func unlink(_ path: UnsafePointer<CChar>, in directory: CInt) throws(SystemError) {
        _ = try call(SYS_unlinkat, Int(directory), Int(bitPattern: path), 0)
    }

    /// readlink(2): writes the target of the link at `path` to `text`, without a NUL, and cuts it off after `capacity` bytes.
    /// Returns its length. Throws ENOENT if there is no link, for example without /proc.
    static func readLink(
        _ path: UnsafePointer<CChar>, in directory: CInt = AT_FDCWD, _ text: UnsafeMutablePointer<CChar>,
        capacity: Int
    ) throws(SystemError) -> Int {
        try call(
            SYS_readlinkat, Int(directory), Int(bitPattern: path), Int(bitPattern: text), capacity)
    }

    /// getcwd(2): writes the NUL-terminated path of the working directory to `text`. It is not absolute if the directory lies
    /// outside the process's root. Throws ERANGE if it does not fit into `capacity` bytes, ENOENT if the directory was removed.
    static func workingDirectory(
        _ text: UnsafeMutablePointer<CChar>, capacity: Int
    ) throws(SystemError) {
        _ = try call(SYS_getcwd, Int(bitPattern: text), capacity)
    }

    /// fcntl(2) F_GETFL: how the descriptor was opened. Throws EBADF if `fd` is not open.
    static func openingFlags(of fd: CInt) throws(SystemError) -> CInt {
        CInt(truncatingIfNeeded: try call(SYS_fcntl, Int(fd), Int(F_GETFL)))
    }

    /// One getdents64(2). Returns the bytes of the entries read, 0 at the end.
    static func readDirectory(
        _ fd: CInt, into entries: UnsafeMutableRawPointer, capacity: Int
    ) throws(SystemError) -> Int {
        try call(SYS_getdents64, Int(fd), Int(bitPattern: entries), capacity)
    }

    /// lseek(2) to the beginning, so that a directory is read anew.
    static func rewind(_ fd: CInt) throws(SystemError) { _ = try call(SYS_lseek, Int(fd), 0, Int(SEEK_SET)) }

    /// statx(2): what the kernel knows of an open file without asking a server, which may be this process. Throws EBADF if `fd` is
    /// not open.
    static func knownStatus(of fd: CInt) throws(SystemError) -> statx {
        var status = statx()
        try withUnsafeMutablePointer(to: &status) { (status) throws(SystemError) in
            _ = try call(
                SYS_statx, Int(fd), Int(bitPattern: ("" as StaticString).cString),
                Int(AT_EMPTY_PATH | AT_STATX_DONT_SYNC), Int(STATX_TYPE), Int(bitPattern: status))
        }
        return status
    }

    /// fstat(2). Throws EBADF if `fd` is not open.
    public static func status(of fd: CInt) throws(SystemError) -> stat {
        var result = stat()
        try withUnsafeMutablePointer(to: &result) { (result) throws(SystemError) in
            _ = try call(SYS_fstat, Int(fd), Int(bitPattern: result))
        }
        return result
    }

    /// fstatfs(2). Throws EBADF if `fd` is not open.
    public static func fileSystemStatus(of fd: CInt) throws(SystemError) -> statfs {
        var result = statfs()
        try withUnsafeMutablePointer(to: &result) { (result) throws(SystemError) in
            _ = try call(SYS_fstatfs, Int(fd), Int(bitPattern: result))
        }
        return result
    }

    /// All of the machine's RAM and swap in bytes, sysinfo(2). Nil if the kernel does not say.
    static var memoryAndSwap: Int? {
        var result = sysinfo()
        do throws(SystemError) {
            try withUnsafeMutablePointer(to: &result) { (result) throws(SystemError) in
                _ = try call(SYS_sysinfo, Int(bitPattern: result))
            }
        } catch {
            return nil
        }
        let (bytes, overflow) = (result.totalram &+ result.totalswap)
            .multipliedReportingOverflow(by: UInt(result.mem_unit))
        return overflow ? .max : Int(truncatingIfNeeded: bytes)
    }

    /// Whether memory is refused rather than promised twice, proc_sys_vm(5). True if that cannot be read.
    static var isOvercommitStrict: Bool {
        let path: StaticString = "/proc/sys/vm/overcommit_memory"
        guard let fd = try? open(path.cString, flags: O_RDONLY | O_CLOEXEC) else { return true }
        defer { close(fd) }
        var mode: UInt8 = 0
        let length = withUnsafeMutablePointer(to: &mode) {
            (try? read(fd, into: UnsafeMutableRawPointer($0), capacity: 1)) ?? 0
        }
        return length != 1 || mode == UInt8(ascii: "2")
    }

    /// ftruncate(2). `length` must not exceed RLIMIT_FSIZE, or SIGXFSZ is sent. Throws EFBIG if the file system has no files
    /// that large.
    public static func truncate(_ fd: CInt, to length: Int) throws(SystemError) {
        _ = try callUninterrupted(SYS_ftruncate, Int(fd), length)
    }

    /// fallocate(2). Mode 0 reserves blocks, FALLOC_FL_PUNCH_HOLE gives them back. Throws EOPNOTSUPP if the file system cannot,
    /// ENOSPC or EDQUOT if it is full. After an error part of the range may be done.
    public static func allocate(
        _ fd: CInt, mode: CInt = 0, offset: Int, length: Int
    ) throws(SystemError) {
        _ = try callUninterrupted(SYS_fallocate, Int(fd), Int(mode), offset, length)
    }

    /// sync_file_range(2). Throws EIO or ENOSPC if a page cannot be written.
    public static func synchronize(
        _ fd: CInt, offset: Int, length: Int, flags: CInt
    ) throws(SystemError) {
        _ = try callUninterrupted(SYS_sync_file_range, Int(fd), offset, length, Int(flags))
    }

    /// ioctl_ficlone(2): makes `target` a reflink of the whole of `source`. Throws EOPNOTSUPP, EINVAL, EXDEV or ENOTTY if these
    /// files cannot share blocks, ENOSPC or EDQUOT if there is no room for the metadata.
    public static func reflink(from source: CInt, to target: CInt) throws(SystemError) {
        _ = try callUninterrupted(SYS_ioctl, Int(target), Int(LINUX_FICLONE), Int(source))
    }

    /// ioctl_ficlonerange(2): makes `target` share one range of `source`, at the same offset. Offset and length are multiples of
    /// the file system's block size. Throws as `reflink`.
    public static func reflinkRange(
        from source: CInt, to target: CInt, offset: Int, length: Int
    ) throws(SystemError) {
        var range = file_clone_range(
            src_fd: Int64(source), src_offset: UInt64(truncatingIfNeeded: offset),
            src_length: UInt64(truncatingIfNeeded: length), dest_offset: UInt64(truncatingIfNeeded: offset))
        _ = try control(target, LINUX_FICLONERANGE, &range)
    }

    /// FS_IOC_GETFLAGS of ioctl_iflags(2): the file's attributes. Throws ENOTTY or EOPNOTSUPP if the file system has none.
    static func flags(of fd: CInt) throws(SystemError) -> CInt {
        var flags: CInt = 0
        _ = try control(fd, LINUX_FS_IOC_GETFLAGS, &flags)
        return flags
    }

    /// FS_IOC_SETFLAGS of ioctl_iflags(2). Throws as `flags`, and EPERM or EACCES if the caller may not.
    static func setFlags(of fd: CInt, _ flags: CInt) throws(SystemError) {
        var flags = flags
        _ = try control(fd, LINUX_FS_IOC_SETFLAGS, &flags)
    }

    /// Whether mappings of the file reach persistent memory directly, by STATX_ATTR_DAX of statx(2). False if the kernel does not
    /// say.
    public static func isDAX(_ fd: CInt) -> Bool {
        var status = statx()
        let answer = try? withUnsafeMutablePointer(to: &status) { (status) throws(SystemError) in
            try call(
                SYS_statx, Int(fd), Int(bitPattern: ("" as StaticString).cString), Int(AT_EMPTY_PATH), 0,
                Int(bitPattern: status))
        }
        return answer != nil && status.stx_attributes & UInt64(STATX_ATTR_DAX) != 0
    }

    /// One copy_file_range(2) at the same offset in both files. Returns the bytes copied, possibly fewer than asked for; 0 at the
    /// end of `source`. Throws EOPNOTSUPP, EXDEV, EINVAL, ENOSYS or EPERM if it does not work here, ENOSPC or EDQUOT if the file
    /// system is full.
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

    /// One read(2) of up to `capacity` bytes. Returns the bytes read, 0 at the end.
    public static func read(
        _ fd: CInt, into bytes: UnsafeMutableRawPointer, capacity: Int
    ) throws(SystemError) -> Int {
        try callUninterrupted(SYS_read, Int(fd), Int(bitPattern: bytes), capacity)
    }

    /// One pread(2). Returns the bytes read, 0 at the end.
    static func read(
        _ fd: CInt, into bytes: UnsafeMutableRawPointer, capacity: Int, offset: Int
    ) throws(SystemError) -> Int {
        try callUninterrupted(SYS_pread64, Int(fd), Int(bitPattern: bytes), capacity, offset)
    }

    /// One pwrite(2). Returns the bytes written, possibly fewer than asked for. Throws EFAULT if `bytes` cannot be read, ENOSPC or
    /// EDQUOT if the file system is full.
    public static func write(
        _ bytes: UnsafeRawPointer, length: Int, to fd: CInt, offset: Int
    ) throws(SystemError) -> Int {
        try callUninterrupted(SYS_pwrite64, Int(fd), Int(bitPattern: bytes), length, offset)
    }

    /// One write(2), for messages. Errors are ignored: there is nobody left to tell.
    static func write(_ bytes: UnsafeRawPointer, length: Int, to fd: CInt) {
        _ = try? call(SYS_write, Int(fd), Int(bitPattern: bytes), length)
    }

    /// memfd_create(2): a file in memory that can be sealed, closed by exec. Not to be executed, where the kernel knows that.
    static func createMemoryFile(_ name: StaticString) throws(SystemError) -> CInt {
        do throws(SystemError) {
            return try createMemoryFile(name, MFD_CLOEXEC | LINUX_MFD_NOEXEC_SEAL)
        } catch {
            guard error.code == EINVAL else { throw error }
            return try createMemoryFile(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)
        }
    }

    private static func createMemoryFile(_ name: StaticString, _ flags: UInt32) throws(SystemError) -> CInt {
        CInt(
            truncatingIfNeeded: try call(
                SYS_memfd_create, Int(bitPattern: name.cString), Int(truncatingIfNeeded: flags)))
    }

    /// fcntl(2) F_ADD_SEALS, F_SEAL_WRITE. Throws EBUSY while some process has the file mapped shared and writable.
    static func sealAgainstWrites(_ fd: CInt) throws(SystemError) {
        _ = try call(SYS_fcntl, Int(fd), Int(F_ADD_SEALS), Int(F_SEAL_WRITE))
    }

    // MARK: Pages

    /// ioctl(2) PAGEMAP_SCAN of /proc/self/pagemap. Returns the number of regions found; `scan` says how far it got. Throws
    /// ENOTTY before Linux 6.7.
    static func scanPages(_ pagemap: CInt, _ scan: inout linux_page_scan) throws(SystemError) -> Int {
        try control(pagemap, LINUX_PAGEMAP_SCAN, &scan)
    }

    // MARK: Faults

    /// userfaultfd(2), closed by exec, also for writes that the kernel makes. Where only the device /dev/userfaultfd may be used, by
    /// that. Throws EPERM or EACCES if neither may be, ENOSYS or ENOENT without them.
    static func openUserFaults() throws(SystemError) -> CInt {
        do throws(SystemError) {
            return CInt(truncatingIfNeeded: try call(SYS_userfaultfd, Int(O_CLOEXEC | O_NONBLOCK)))
        } catch {
            guard error.code == EPERM || error.code == ENOSYS else { throw error }
        }
        let device = try open(
            ("/dev/userfaultfd" as StaticString).cString, flags: O_RDWR | O_CLOEXEC)
        defer { close(device) }
        return CInt(
            truncatingIfNeeded: try call(
                SYS_ioctl, Int(device), Int(LINUX_USERFAULTFD_IOC_NEW), Int(O_CLOEXEC | O_NONBLOCK)))
    }

    /// UFFDIO_API of ioctl_userfaultfd(2), once for each descriptor. Throws EINVAL if the kernel lacks a feature.
    static func agreeOnUserFaults(_ fd: CInt, features: UInt64) throws(SystemError) {
        var api = uffdio_api(api: LINUX_UFFD_API, features: features, ioctls: 0)
        _ = try control(fd, LINUX_UFFDIO_API, &api)
    }

    /// UFFDIO_REGISTER for write protection. Throws EINVAL for a mapping that cannot be protected, EBUSY if another descriptor has it.
    static func registerUserFaults(
        _ fd: CInt, _ address: UnsafeMutableRawPointer, length: Int
    ) throws(SystemError) {
        var registration = uffdio_register(
            range: range(address, length), mode: LINUX_UFFD_REGISTER_WP, ioctls: 0)
        _ = try control(fd, LINUX_UFFDIO_REGISTER, &registration)
    }

    /// UFFDIO_UNREGISTER: ends the protection and wakes who waits. Throws EINVAL if nothing is mapped there.
    static func unregisterUserFaults(
        _ fd: CInt, _ address: UnsafeMutableRawPointer, length: Int
    ) throws(SystemError) {
        var range = range(address, length)
        _ = try control(fd, LINUX_UFFDIO_UNREGISTER, &range)
    }

    /// UFFDIO_WRITEPROTECT: from when this returns, nobody writes to the range, which is registered. Who tries waits.
    static func protectFromWrites(
        _ fd: CInt, _ address: UnsafeMutableRawPointer, length: Int
    ) throws(SystemError) {
        var protection = uffdio_writeprotect(range: range(address, length), mode: LINUX_UFFD_PROTECT)
        _ = try control(fd, LINUX_UFFDIO_WRITEPROTECT, &protection)
    }

    /// UFFDIO_WAKE: who waits at an address of the range tries again, whatever is mapped there by now.
    static func wakeUserFaults(
        _ fd: CInt, _ address: UnsafeMutableRawPointer, length: Int
    ) throws(SystemError) {
        var range = range(address, length)
        _ = try control(fd, LINUX_UFFDIO_WAKE, &range)
    }

    private static func range(_ address: UnsafeMutableRawPointer, _ length: Int) -> uffdio_range {
        uffdio_range(start: UInt64(UInt(bitPattern: address)), len: UInt64(truncatingIfNeeded: length))
    }

    /// ioctl(2) with an argument in memory. Throws as the request does.
    private static func control<Argument>(
        _ fd: CInt, _ request: UInt, _ argument: inout Argument
    ) throws(SystemError) -> Int {
        try withUnsafeMutablePointer(to: &argument) { (argument) throws(SystemError) in
            try callUninterrupted(SYS_ioctl, Int(fd), Int(request), Int(bitPattern: argument))
        }
    }

    // MARK: The process

    /// getpid(2).
    public static var processID: pid_t { pid_t(truncatingIfNeeded: (try? call(SYS_getpid)) ?? 0) }

    /// gettid(2).
    static var threadID: pid_t { pid_t(truncatingIfNeeded: (try? call(SYS_gettid)) ?? 0) }

    /// Whether a thread with this number exists in any process, by tkill(2) without a signal.
    public static func isThread(_ number: pid_t) -> Bool {
        do throws(SystemError) {
            _ = try call(SYS_tkill, Int(number), 0)
            return true
        } catch {
            return error.code == EPERM
        }
    }

    /// wait4(2): waits until the child has ended, whatever signal its end sends, and collects its status. Returns at once if there
    /// is no such child. Not a cancellation point.
    public static func awaitEnd(of child: pid_t) {
        _ = try? callUninterrupted(SYS_wait4, Int(child), 0, Int(LINUX_WALL), 0)
    }

    /// exit_group(2): ends the process without any exit handler.
    public static func exit(_ status: CInt) -> Never {
        while true { _ = try? call(SYS_exit_group, Int(status)) }
    }

    /// rt_sigprocmask(2): changes the calling thread's signal mask, one bit per signal. `how` is SIG_BLOCK, SIG_UNBLOCK or
    /// SIG_SETMASK. Returns the old mask.
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

    /// sched_getaffinity(2): writes one bit per processor that `thread` may run on; 0 is the calling thread. `size` is a multiple
    /// of 8. Returns the bytes written. Throws EINVAL if they do not fit, ESRCH if there is no such thread.
    public static func affinity(
        of thread: pid_t, _ processors: UnsafeMutableRawPointer, size: Int
    ) throws(SystemError) -> Int {
        try call(SYS_sched_getaffinity, Int(thread), size, Int(bitPattern: processors))
    }

    // MARK: Waiting

    /// FUTEX_WAIT of futex(2), within this process: sleeps while the 4-byte aligned `word` holds `value`. May also return without
    /// cause: the caller checks again.
    static func wait(on word: UnsafeRawPointer, while value: UInt32) {
        _ = try? call(
            SYS_futex, Int(bitPattern: word), Int(FUTEX_WAIT | FUTEX_PRIVATE_FLAG), Int(value), 0)
    }

    /// FUTEX_WAKE of futex(2): wakes one thread of this process that waits on `word`, if there is one.
    static func wakeOne(on word: UnsafeRawPointer) {
        _ = try? call(SYS_futex, Int(bitPattern: word), Int(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), 1)
    }

    // MARK: Limits

    /// getrlimit(2).
    static func limit(_ resource: __rlimit_resource) throws(SystemError) -> rlimit {
        var limit = rlimit()
        try withUnsafeMutablePointer(to: &limit) { (limit) throws(SystemError) in
            _ = try call(SYS_prlimit64, 0, Int(resource.rawValue), 0, Int(bitPattern: limit))
        }
        return limit
    }

    /// setrlimit(2). It applies to all threads. Throws EPERM beyond the hard limit.
    static func setLimit(_ resource: __rlimit_resource, _ limit: rlimit) throws(SystemError) {
        var limit = limit
        try withUnsafeMutablePointer(to: &limit) { (limit) throws(SystemError) in
            _ = try call(SYS_prlimit64, 0, Int(resource.rawValue), Int(bitPattern: limit), 0)
        }
    }

    /// The soft limit, or nil if there is none.
    public static func softLimit(_ resource: __rlimit_resource) -> UInt64? {
        guard let limit = try? limit(resource), limit.rlim_cur != LINUX_RLIM_INFINITY else { return nil }
        return UInt64(limit.rlim_cur)
    }

    // MARK: The call

    /// One system call. Throws the errno value that the kernel returns.
    static func call(
        _ number: CInt, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
    ) throws(SystemError) -> Int {
        let result = linux_system_call(Int(number), a, b, c, d, e, f)
        guard result > -1 || result < -largestErrorNumber else {
            throw SystemError(CInt(truncatingIfNeeded: 0 &- result))
        }
        return result
    }

    /// MAX_ERRNO of the kernel. No address and no count lies this close below 0.
    private static let largestErrorNumber = 4095

    /// One system call, repeated as long as signals interrupt it.
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
