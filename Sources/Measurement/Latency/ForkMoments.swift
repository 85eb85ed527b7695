/// When a fork happened, for those who sort requests by it: nanoseconds on the monotonic clock.
public struct ForkMoments: Codable, Equatable, Sendable {
    /// Before fork() was called.
    public var begin: UInt64
    /// When it had returned in the parent.
    public var end: UInt64
    /// When the parent knew that the child was gone; nil if it outlived the measurement.
    public var childExit: UInt64?

    /// Moments of all their fields.
    public init(begin: UInt64, end: UInt64, childExit: UInt64?) {
        self.begin = begin
        self.end = end
        self.childExit = childExit
    }
}
