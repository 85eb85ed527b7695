/// What fork(2) does to the heap: the values of VMMALLOC_FORK.
public enum ForkMode: UInt8, Sendable {
    /// Nothing: parent and child go on writing to the same pages.
    case disabled = 0
    /// The pool is remapped MAP_PRIVATE before the fork; the kernel copies on write for both sides, in RAM.
    case privateRemap = 1
    /// The child gets a copy of the pool file.
    case poolCopy = 2
    /// As `poolCopy`; as `privateRemap` for a fork whose copy is refused.
    case copyOrRemap = 3

    /// Whether the child gets a copy if possible.
    var copies: Bool { self == .poolCopy || self == .copyOrRemap }

    /// The mode with this digit as its only character; nil for any other text.
    init?(digit text: UnsafePointer<CChar>) {
        guard let digit = CString.digit(text) else { return nil }
        self.init(rawValue: digit)
    }
}
