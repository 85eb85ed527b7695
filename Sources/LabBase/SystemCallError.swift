import Glibc

/// A failed system call: what was attempted on which object, and the error number.
public struct SystemCallError: Error, Sendable, CustomStringConvertible {
    /// What was attempted, with its object: "open /proc/1/maps".
    public let attempt: String
    /// The error number (`errno`) of the attempt.
    public let code: Int32

    /// Records a failure; `code` is `errno` unless given.
    public init(_ attempt: String, code: Int32 = errno) {
        self.attempt = attempt
        self.code = code
    }

    /// "open /proc/1/maps: No such file or directory".
    public var description: String { "\(attempt): \(reason)" }

    /// "No such file or directory".
    public var reason: String { String(cString: strerror(code)) }
}
