import CLinux

/// The calling thread's signal mask. While locks of the allocator are held, or could be, no handler may run on this
/// thread: fork(2) is a call that a handler may interrupt and then allocate, or fork itself.
public enum SignalMask {
    /// Blocks every signal. Returns what was blocked before.
    public static func blockAll() -> sigset_t {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        return before
    }

    /// Blocks what was blocked before `blockAll`, and nothing else.
    public static func restore(_ before: sigset_t) {
        var before = before
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
