/// How much the debug build tells: the values of VMMALLOC_LOG_LEVEL. Each includes those below it.
public enum LogLevel: UInt8, Sendable {
    /// Nothing.
    case none = 0
    /// Errors, with more than an errno says.
    case errors = 1
    /// What happens seldom: the pool made, each fork, the end.
    case operations = 2
    /// The library's own functions: extents, metadata, the phases of a fork.
    case calls = 3
    /// Each call of the malloc family.
    case allocations = 4

    /// The level that the NUL-terminated text names with one digit.
    init?(digit text: UnsafePointer<CChar>) {
        guard let digit = CString.digit(text) else { return nil }
        self.init(rawValue: digit)
    }
}
