/// What fork(2) does to the heap: the values of VMMALLOC_FORK.
public enum ForkMode: UInt8, Sendable {
    /// Nothing: parent and child go on writing the same pages.
    case disabled = 0
    /// The pool is remapped MAP_PRIVATE before the fork; both sides copy on write, in RAM.
    case privateRemap = 1
    /// The child gets a copy of the pool file.
    case poolCopy = 2
    /// As `poolCopy`, and as `privateRemap` at a fork whose copy is refused.
    case copyOrRemap = 3

    /// Whether it gives the child a copy if it can.
    var copies: Bool { self == .poolCopy || self == .copyOrRemap }

    /// The mode that the NUL-terminated text names with one digit.
    init?(digit text: UnsafePointer<CChar>) {
        guard let digit = CString.digit(text) else { return nil }
        self.init(rawValue: digit)
    }
}
