/// How much the debug build logs: the values of VMMALLOC_LOG_LEVEL. Each includes those below it.
public enum LogLevel: UInt8, Sendable {
    /// Nothing.
    case none = 0
    /// Errors, in more detail than an errno value gives.
    case errors = 1
    /// Rare events: the pool's creation, each fork, the end of the process.
    case operations = 2
    /// The library's own functions: extents, metadata, the phases of a fork.
    case calls = 3
    /// Each call of the malloc family.
    case allocations = 4

    /// The level with this digit as its only character; nil for any other text.
    init?(digit text: UnsafePointer<CChar>) {
        guard let digit = CString.digit(text) else { return nil }
        self.init(rawValue: digit)
    }
}
