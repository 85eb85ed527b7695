import CLinux

/// RLIMIT_FSIZE. A file that grows beyond it costs its writer a signal, SIGXFSZ.
enum FileSizeLimit {
    /// Whether a file may become `length` bytes long. Any thread; async-signal-safe.
    static func allows(_ length: Int) -> Bool {
        Linux.softLimit(RLIMIT_FSIZE).map { UInt64(truncatingIfNeeded: length) <= $0 } ?? true
    }
}
