import CLinux

/// Keeps all threads of the process from writing to a part of the pool while it is copied and its mapping replaced, by the write
/// protection of userfaultfd(2). Only for pools in a tmpfs, where the kernel can protect private mappings of files.
///
/// Who writes there waits in the kernel, also in a system call that is given memory of the heap. There is no signal, and no thread of
/// ours. The waiting survives the mapping: who is woken tries again, and finds what is mapped by then. If the descriptor is closed,
/// when this value ends or by the program, the kernel ends the protection and wakes everybody.
///
/// The thread that protects must not touch the part meanwhile, or it would wait for itself. So its stack must not lie in the heap.
struct WriteProtection: ~Copyable {
    private let faults: KeptDescriptor

    /// Protects nothing yet. Throws EPERM, EACCES, ENOSYS or ENOENT if the process may not do this, EINVAL if the kernel (before 5.19)
    /// cannot, EMFILE or ENFILE.
    init() throws(SystemError) {
        let fd = try Linux.openUserFaults()
        do throws(SystemError) {
            try Self.agree(fd)
        } catch {
            Linux.close(fd)
            throw error
        }
        faults = try KeptDescriptor(keeping: fd, for: .oneFork)
    }

    private static func agree(_ fd: CInt) throws(SystemError) {
        do throws(SystemError) {
            try Linux.agreeOnUserFaults(fd, features: LINUX_UFFD_SHMEM | LINUX_UFFD_UNPOPULATED)
        } catch {
            guard error.code == EINVAL else { throw error }
            // Linux before 6.4. It suffices, since pages are made present first.
            try Linux.agreeOnUserFaults(fd, features: LINUX_UFFD_SHMEM)
        }
    }

    /// Whether the program has not closed the descriptor, which would have ended the protection.
    var isInPlace: Bool { faults.verified != nil }

    /// Protects a range. From then on its bytes do not change. Throws EINVAL if part of it may not be read, EFAULT if the file
    /// system has no room for a page that the file lacks, EBUSY if the program itself watches it; nothing is protected then.
    func protect(_ address: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        // The kernel does not protect anonymous memory that is not present.
        try Linux.advise(address, length: length, MADV_POPULATE_READ)
        let fd = try faults.reference.descriptor()
        try Linux.registerUserFaults(fd, address, length: length)
        do throws(SystemError) {
            try Linux.protectFromWrites(fd, address, length: length)
            // A marker of a page that is not present any more would count as a private page.
            try Linux.advise(address, length: length, MADV_POPULATE_READ)
        } catch {
            lift(address, length: length)
            throw error
        }
    }

    /// Ends the protection of a range, which is still mapped as it was, and wakes who waits there.
    func lift(_ address: UnsafeMutableRawPointer, length: Int) {
        guard let fd = faults.verified else { return }
        try? Linux.unregisterUserFaults(fd, address, length: length)
    }

    /// Wakes who waits in a range whose mapping was replaced.
    func wake(_ address: UnsafeMutableRawPointer, length: Int) {
        guard let fd = faults.verified else { return }
        try? Linux.wakeUserFaults(fd, address, length: length)
    }
}
