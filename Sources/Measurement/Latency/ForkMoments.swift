/// When a fork happened, for sorting requests around it: nanoseconds on the monotonic clock.
public struct ForkMoments: Codable, Equatable, Sendable {
    /// Just before fork() was called.
    public var begin: UInt64
    /// When it had returned in the parent.
    public var end: UInt64
    /// When the parent knew that the child was gone; nil if it outlived the measurement.
    public var childExit: UInt64?

    /// Memberwise initializer.
    public init(begin: UInt64, end: UInt64, childExit: UInt64?) {
        self.begin = begin
        self.end = end
        self.childExit = childExit
    }
}
