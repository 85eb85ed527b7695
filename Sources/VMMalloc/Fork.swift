import CLinux
import CVMMalloc

/// One call of the exported fork, for the handlers on its thread. It lies on the caller's stack.
private struct ForkCall: ~Copyable {
    /// What it has reserved; nil once a fork has taken that.
    var attempt: ForkAttempt?
    /// The call around this one, since handlers of pthread_atfork(3) may fork themselves.
    let outer: UnsafeMutablePointer<ForkCall>?
    /// How many forks the next function has made. If it belongs to another library, that may be any number.
    var forks = 0
    /// Whether the child of the last one has no heap and leaves.
    var childIsRefused = false

    /// The calling thread's innermost call; nil if there is none.
    static var current: UnsafeMutablePointer<ForkCall>? {
        get { vmmalloc_fork_call().pointee?.assumingMemoryBound(to: ForkCall.self) }
        set { vmmalloc_fork_call().pointee = newValue.map { UnsafeMutableRawPointer($0) } }
    }

    init(outer: UnsafeMutablePointer<ForkCall>?) { self.outer = outer }
}

/// fork(2), exported so that a fork can be refused before anything has changed, which a handler of pthread_atfork(3) cannot
/// do. Returns -1 with ENOMEM then, as the manual page of fork allows.
///
/// The next function of that name makes the fork: glibc's, or that of another library that wraps it.
///
/// Nothing from here to the end of the fork may call malloc.
@c(vmmalloc_fork)
public func forkWithReserve() -> pid_t {
    guard let heap else { return vmmalloc_next_fork() }
    var call = ForkCall(outer: ForkCall.current)
    return withUnsafeMutablePointer(to: &call) { call in
        guard reserve(heap, call) else { return refused() }
        ForkCall.current = call
        let child = vmmalloc_next_fork()
        ForkCall.current = call.pointee.outer
        // A library that wraps fork may have refused it, or have forked in another way.
        if child == 0 { leaveToParent(call) }
        // If there were several forks, nobody knows which child this is.
        guard child > 0, call.pointee.forks == 1, call.pointee.childIsRefused else { return child }
        // Something that reserve could not foresee: the child leaves, and for the program there was no fork.
        Linux.awaitEnd(of: child)
        return refused()
    }
}

/// Reserves for `call`. Returns false if the fork is refused.
///
/// Not inlined: the caller's frame stays on the stack until the fork is over, and threads may have little.
@inline(never)
private func reserve(_ heap: Heap, _ call: UnsafeMutablePointer<ForkCall>) -> Bool {
    let signals = SignalMask.blockAll()
    defer { SignalMask.restore(signals) }
    // Free extents that the arenas keep would be copied, too.
    if heap.copiesAtFork { _ = Jemalloc.releaseFreeExtents() }
    do throws(SystemError) {
        call.pointee.attempt = try heap.reserveFork()
        return true
    } catch {
        return false
    }
}

/// In a child: gives up what this call and those around it have reserved and not used, which belongs to the parent.
private func leaveToParent(_ innermost: UnsafeMutablePointer<ForkCall>) {
    var next: UnsafeMutablePointer<ForkCall>? = innermost
    while let call = next {
        call.pointee.attempt.take()?.leaveToParent()
        next = call.pointee.outer
    }
}

private func refused() -> pid_t {
    linux_set_errno(ENOMEM)
    return -1
}

/// For what must be held before the allocator's locks are taken and until they are free again: the list of FILEs, and signals.
/// Registered after the allocator's handlers and ours, so that these run around them.
func registerOuterForkHandlers() {
    _ = __register_atfork(
        {
            vmmalloc_signals_outside_fork().pointee = SignalMask.blockAll()
            FileList.lock()
            heap?.keepMemoryLocks()
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

/// Registers the handlers for the life of the process. They are not tied to this library, whose destructor would otherwise
/// remove them while other destructors may still fork. They run with the allocator's locks held and must not call malloc.
func registerForkHandlers() {
    _ = __register_atfork(
        {
            heap?.prepareFork(ForkCall.current?.pointee.attempt.take())
            // This handler is the last before the kernel forks, and the parent's is the first after that. So the errno value that
            // it finds is the kernel's.
            vmmalloc_errno_before_fork().pointee = linux_errno()
            linux_set_errno(0)
        },
        {
            let refusal = linux_errno() == 0 ? nil : SystemError.last
            let isRefused = heap?.resumeParent(kernelRefusal: refusal) == false
            if let call = ForkCall.current {
                call.pointee.forks &+= 1
                call.pointee.childIsRefused = isRefused
            }
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

/// A child without its own heap must not go on, since it would write to its parent's. Ends it without any exit handler.
private func leaveChild(_ error: SystemError) -> Never {
    var line = MessageLine()
    line.append("Error (libvmmalloc): the child of a fork gets no memory pool: ")
    line.append(cString: error.text)
    DebugLog.record(line)
    line.write(to: STDERR_FILENO)
    Linux.exit(Heap.refusedChildStatus)
}
