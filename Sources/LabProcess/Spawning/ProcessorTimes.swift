import Glibc

/// Processor time so far, of this process and of the children that it has waited for.
package struct ProcessorTimes {
    /// Nanoseconds used by this process.
    package let own: UInt64
    /// Nanoseconds used by its children and their children.
    package let children: UInt64

    /// The times up to now.
    package static var now: ProcessorTimes {
        ProcessorTimes(own: nanoseconds(RUSAGE_SELF), children: nanoseconds(RUSAGE_CHILDREN))
    }

    private static func nanoseconds(_ who: __rusage_who) -> UInt64 {
        var usage = rusage()
        getrusage(__rusage_who_t(who.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { sum, time in
            sum + UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1000
        }
    }
}
