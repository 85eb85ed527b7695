import CLinux

/// fork(2), exported so that a fork can be refused before anything has changed: a handler of pthread_atfork(3)
/// cannot refuse. Returns -1 with ENOMEM then, as the manual page of fork allows.
@c(fork)
public func forkWithReserve() -> pid_t {
    guard let heap else { return __fork() }
    do {
        try heap.reserveFork()
    } catch {
        linux_set_errno(ENOMEM)
        return -1
    }
    return __fork()
}

/// For the life of the process: not tied to this library, whose destructor would otherwise take them out while
/// other destructors may still fork.
func registerForkHandlers() {
    _ = __register_atfork(
        { heap?.prepareFork() },
        { heap?.resumeParent() },
        {
            do throws(SystemError) { try heap?.resumeChild() } catch { leaveChild(error) }
        },
        nil)
}

/// A child without a heap of its own must not go on: it would write the parent's.
private func leaveChild(_ error: SystemError) -> Never {
    var line = MessageLine()
    line.append("Error (libvmmalloc): the child of a fork gets no memory pool: ")
    line.append(cString: error.text)
    line.write(to: STDERR_FILENO)
    _exit(Heap.refusedChildStatus)
}
