import Glibc

/// The monotonic clock (`CLOCK_MONOTONIC`), the same for every process of the system.
public enum Clock {
    /// Nanoseconds that the calling thread has spent on a processor (`CLOCK_THREAD_CPUTIME_ID`).
    public static var threadNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    /// Nanoseconds since an arbitrary start. Safe in any thread and between fork and exec; cannot fail.
    @inline(__always)
    public static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }
}

/// The page faults of the calling process so far.
public struct PageFaults: Sendable {
    /// Faults that needed no I/O.
    public var minor: UInt64
    /// Faults that had to wait for I/O.
    public var major: UInt64

    /// Reads the counters of the calling process. Allocates nothing; cannot fail.
    public static var ofThisProcess: PageFaults {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return PageFaults(
            minor: UInt64(truncatingIfNeeded: usage.ru_minflt),
            major: UInt64(truncatingIfNeeded: usage.ru_majflt))
    }
}
