/// What one start of a program does, counted: it hardly depends on how busy the machine is.
public struct StartCounts: Codable, Equatable, Sendable {
    /// Page faults of the program and its children, from exec on, that needed no disk.
    public var pageFaults: UInt64 = 0
    /// Their system calls.
    public var systemCalls: UInt64 = 0
    /// The most bytes that the program itself had resident.
    public var peakMemory: UInt64 = 0
    /// Instructions of the program and its children, as valgrind counts them; nil if that was not asked for.
    public var instructions: UInt64?

    /// Nothing is counted yet.
    public init() {}
}
