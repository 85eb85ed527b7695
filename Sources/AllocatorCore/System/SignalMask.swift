import CLinux

/// The calling thread's signal mask. While locks of the allocator are held, or could be, no handler may run on this
/// thread: fork(2) is a call that a handler may interrupt and then allocate, or fork itself.
public enum SignalMask {
    /// glibc's own: by 32 it cancels threads, by 33 it changes the user of all of them. It never blocks them either.
    private static let signalsOfTheThreadLibrary: UInt64 = 0b11 &<< 31

    /// Blocks every signal of the program. Returns what was blocked before, a bit a signal.
    public static func blockAll() -> UInt64 {
        Linux.changeSignalMask(SIG_BLOCK, ~signalsOfTheThreadLibrary)
    }

    /// Blocks what was blocked before `blockAll`, and nothing else.
    public static func restore(_ before: UInt64) { Linux.changeSignalMask(SIG_SETMASK, before) }
}
