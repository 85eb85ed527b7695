import CLinux

/// The calling thread's signal mask. While this thread holds locks of the allocator, or may hold them, no handler may run on
/// it: one that interrupts fork(2) could allocate, or fork itself. Async-signal-safe.
public enum SignalMask {
    /// Signals 32 and 33 belong to glibc, which cancels threads and changes their user with them. It never blocks them either.
    private static let signalsOfTheThreadLibrary: UInt64 = 0b11 &<< 31

    /// Blocks all of the program's signals. Returns the old mask, one bit per signal.
    public static func blockAll() -> UInt64 {
        Linux.changeSignalMask(SIG_BLOCK, ~signalsOfTheThreadLibrary)
    }

    /// Sets the mask that `blockAll` returned.
    public static func restore(_ before: UInt64) { Linux.changeSignalMask(SIG_SETMASK, before) }
}
