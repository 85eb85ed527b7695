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
        guard text[0] >= 48, text[1] == 0 else { return nil }
        self.init(rawValue: UInt8(truncatingIfNeeded: text[0] &- 48))
    }
}
