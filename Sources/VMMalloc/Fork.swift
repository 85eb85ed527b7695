import CLinux
import CVMMalloc

/// fork(2), exported so that a fork can be refused before anything has changed: a handler of pthread_atfork(3)
/// cannot refuse. Returns -1 with ENOMEM then, as the manual page of fork allows.
@c(vmmalloc_fork)
public func forkWithReserve() -> pid_t {
    guard let heap else { return vmmalloc_next_fork() }
    var reserved: ForkAttempt
    do {
        let signals = SignalMask.blockAll()
        defer { SignalMask.restore(signals) }
        // What arenas keep free need not be copied.
        if heap.copiesAtFork { _ = Jemalloc.releaseFreeExtents() }
        reserved = try heap.reserveFork()
    } catch {
        return refused()
    }
    // Another handler of pthread_atfork(3), or of a signal, may fork while this thread is in __fork.
    let outer = vmmalloc_reserved_fork().pointee
    vmmalloc_child_was_refused().pointee = false
    let child = withUnsafeMutablePointer(to: &reserved) { reserved in
        vmmalloc_reserved_fork().pointee = UnsafeMutableRawPointer(reserved)
        return vmmalloc_next_fork()
    }
    if child == 0 {
        // The fork around this one is the parent's, and so is the file that it has reserved.
        outer?.assumingMemoryBound(to: ForkAttempt.self).pointee.leaveToParent()
        vmmalloc_reserved_fork().pointee = nil
    } else {
        vmmalloc_reserved_fork().pointee = outer
    }
    guard child > 0, vmmalloc_child_was_refused().pointee else { return child }
    // What the reserve could not foresee: the child has left, and to the program there was no fork.
    Linux.awaitEnd(of: child)
    return refused()
}

private func refused() -> pid_t {
    linux_set_errno(ENOMEM)
    return -1
}

/// Around the allocator's own handlers and ours, so registered behind them: what must be held before its locks are taken,
/// and kept until they are free.
func registerOuterForkHandlers() {
    _ = __register_atfork(
        {
            vmmalloc_signals_outside_fork().pointee = SignalMask.blockAll()
            FileList.lock()
        },
        {
            FileList.unlock()
            SignalMask.restore(vmmalloc_signals_outside_fork().pointee)
        },
        {
            FileList.startOverInChild()
            SignalMask.restore(vmmalloc_signals_outside_fork().pointee)
        },
        nil)
}

/// For the life of the process: not tied to this library, whose destructor would otherwise take them out while
/// other destructors may still fork.
func registerForkHandlers() {
    _ = __register_atfork(
        {
            heap?.prepareFork(takeReserved())
            // The last before the kernel's turn: what the parent's handler, the first after it, finds there is the kernel's.
            vmmalloc_errno_before_fork().pointee = linux_errno()
            linux_set_errno(0)
        },
        {
            let refusal = linux_errno() == 0 ? nil : SystemError.last
            vmmalloc_child_was_refused().pointee = heap?.resumeParent(kernelRefusal: refusal) == false
            if refusal == nil { linux_set_errno(vmmalloc_errno_before_fork().pointee) }
        },
        {
            #if VMMALLOC_DEBUG
                DebugBuild.startOverInChild()
            #endif
            linux_set_errno(vmmalloc_errno_before_fork().pointee)
            do throws(SystemError) { try heap?.resumeChild() } catch { leaveChild(error) }
        },
        nil)
}

/// What the exported fork on this thread has reserved; nil for a fork that came another way.
private func takeReserved() -> ForkAttempt? {
    defer { vmmalloc_reserved_fork().pointee = nil }
    return vmmalloc_reserved_fork().pointee?.assumingMemoryBound(to: ForkAttempt.self).pointee
}

/// A child without a heap of its own must not go on: it would write the parent's.
private func leaveChild(_ error: SystemError) -> Never {
    var line = MessageLine()
    line.append("Error (libvmmalloc): the child of a fork gets no memory pool: ")
    line.append(cString: error.text)
    line.write(to: STDERR_FILENO)
    Linux.exit(Heap.refusedChildStatus)
}
