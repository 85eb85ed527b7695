import CLinux

/// VMMALLOC_FORK=1: before the first fork the pool becomes MAP_PRIVATE, for good; the kernel's copy-on-write
/// does the rest, for this fork and all later ones.
///
/// mmap(2) over the pool would tear down the page tables of all that was touched, 40 to 90 ms a GiB. So they
/// are moved aside instead, and a private mapping that waited from the start is moved in: constant time, and
/// no descriptor is needed. Between the two moves the emptied mapping is still shared and valid: another
/// thread's write reaches the file, and with it the private mapping.
public enum PrivateRemap: ForkStrategy {
    /// See `ForkStrategy`.
    public static func reserve(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        if let twin = pool.addresses.twin {
            // Write permission is what strict overcommit and RLIMIT_DATA may refuse.
            try Linux.protect(twin, length: pool.size, PROT_READ | PROT_WRITE)
        } else if pool.file.verified == nil {
            throw SystemError(EBADF)
        }
    }

    /// See `ForkStrategy`.
    public static func prepare(_ attempt: inout ForkAttempt, _ pool: inout Pool) throws(SystemError) {
        guard pool.sharing == .shared else { return }
        movePageTablesAside(pool)
        if let twin = pool.addresses.twin {
            try Linux.move(twin, length: pool.size, to: pool.base)
        } else {
            guard let fd = pool.file.verified else { throw SystemError(EBADF) }
            _ = try Linux.map(
                at: pool.base, length: pool.size, protection: PROT_READ | PROT_WRITE,
                flags: MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd: fd)
        }
        pool.becomePrivate()
        attempt.report.action = .remap
    }

    /// See `ForkStrategy`.
    public static func resumeParent(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// See `ForkStrategy`.
    public static func resumeChild(_ attempt: inout ForkAttempt, _ pool: inout Pool) {}

    /// Only for speed: where the kernel refuses, the move that follows unmaps the page tables instead.
    private static func movePageTablesAside(_ pool: Pool) {
        guard let side = pool.addresses.side,
            (try? Linux.move(pool.base, length: pool.size, to: side, flags: MREMAP_DONTUNMAP)) != nil
        else { return }
        try? Linux.advise(side, length: pool.size, MADV_DONTFORK)
    }
}
