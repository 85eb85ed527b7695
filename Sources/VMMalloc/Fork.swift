import CLinux
import CVMMalloc

/// One call of the exported fork, as its thread's handlers find it: the innermost that is under way.
private struct ForkCall: ~Copyable {
    /// What it has reserved; nil when that went to a fork, or was given up.
    var attempt: ForkAttempt?
    /// The call around this one: handlers of pthread_atfork(3) may fork themselves.
    let outer: UnsafeMutablePointer<ForkCall>?
    /// How many forks the next function made of this call: another library's makes as many as it likes.
    var forks = 0
    /// Whether the child of the last one has no heap, and leaves.
    var childIsRefused = false

    /// The calling thread's; nil outside any.
    static var current: UnsafeMutablePointer<ForkCall>? {
        get { vmmalloc_fork_call().pointee?.assumingMemoryBound(to: ForkCall.self) }
        set { vmmalloc_fork_call().pointee = newValue.map { UnsafeMutableRawPointer($0) } }
    }

    init(outer: UnsafeMutablePointer<ForkCall>?) { self.outer = outer }
}

/// fork(2), exported so that a fork can be refused before anything has changed: a handler of pthread_atfork(3)
/// cannot refuse. Returns -1 with ENOMEM then, as the manual page of fork allows.
///
/// The fork itself is the next function of that name: glibc's, or that of a library that wraps it too.
@c(vmmalloc_fork)
public func forkWithReserve() -> pid_t {
    guard let heap else { return vmmalloc_next_fork() }
    var call = ForkCall(outer: ForkCall.current)
    return withUnsafeMutablePointer(to: &call) { call in
        guard reserve(heap, call) else { return refused() }
        ForkCall.current = call
        let child = vmmalloc_next_fork()
        ForkCall.current = call.pointee.outer
        // Whoever wraps fork has refused it, or has a way of its own.
        if child == 0 { leaveToParent(call) }
        // Of several forks, nobody knows whose number this is.
        guard child > 0, call.pointee.forks == 1, call.pointee.childIsRefused else { return child }
        // What the reserve could not foresee: the child has left, and to the program there was no fork.
        Linux.awaitEnd(of: child)
        return refused()
    }
}

/// Reserves for `call`. Returns false if the fork is to be refused.
///
/// Not in its caller's frame, which stays on the stack until the fork is over: threads may have little.
@inline(never)
private func reserve(_ heap: Heap, _ call: UnsafeMutablePointer<ForkCall>) -> Bool {
    let signals = SignalMask.blockAll()
    defer { SignalMask.restore(signals) }
    // What arenas keep free need not be copied.
    if heap.copiesAtFork { _ = Jemalloc.releaseFreeExtents() }
    do throws(SystemError) {
        call.pointee.attempt = try heap.reserveFork()
        return true
    } catch {
        return false
    }
}

/// In a child: what this call and those around it have reserved and not used is the parent's.
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

/// Around the allocator's own handlers and ours, so registered behind them: what must be held before its locks are taken,
/// and kept until they are free.
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

/// For the life of the process: not tied to this library, whose destructor would otherwise take them out while
/// other destructors may still fork.
func registerForkHandlers() {
    _ = __register_atfork(
        {
            heap?.prepareFork(ForkCall.current?.pointee.attempt.take())
            // The last before the kernel's turn: what the parent's handler, the first after it, finds there is the kernel's.
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

/// A child without a heap of its own must not go on: it would write the parent's.
private func leaveChild(_ error: SystemError) -> Never {
    var line = MessageLine()
    line.append("Error (libvmmalloc): the child of a fork gets no memory pool: ")
    line.append(cString: error.text)
    DebugLog.record(line)
    line.write(to: STDERR_FILENO)
    Linux.exit(Heap.refusedChildStatus)
}
