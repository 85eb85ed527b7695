extension Duration {
    /// The same as a count, as clocks and the kernel have it: whole nanoseconds, 0 for what is negative.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(clamping: seconds) * 1_000_000_000 + UInt64(clamping: attoseconds / 1_000_000_000)
    }
}
