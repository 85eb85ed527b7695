import CLinux

/// One line of text, composed without the heap and written with one write(2), so that the lines of two
/// processes never tear each other. Longer than 1023 bytes it is cut, never overrun.
///
/// Async-signal-safe: also for use in atfork handlers, where the allocator's locks are held.
public struct MessageLine {
    private static let capacity = 1024
    private var bytes = InlineArray<1024, UInt8>(repeating: 0)
    private(set) var length = 0

    /// An empty line.
    public init() {}

    /// Appends text known at compile time.
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawPointer(text.utf8Start), length: text.utf8CodeUnitCount)
    }

    /// Appends a NUL-terminated string; control characters become `?` so that the line stays one line.
    public mutating func append(cString text: UnsafePointer<CChar>) {
        append(UnsafeRawPointer(text), length: strlen(text))
    }

    /// Appends a number in decimal.
    public mutating func append(_ number: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        var rest = number
        repeat {
            first &-= 1
            digits[first] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
            rest /= 10
        } while rest > 0
        for index in first..<20 { append(byte: digits[index]) }
    }

    /// The line, its newline and nothing else, in one write(2) to `descriptor`.
    public mutating func write(to descriptor: CInt) {
        bytes[length] = 10
        withUnsafePointer(to: &bytes) { line in
            _ = CLinux.write(descriptor, line, length &+ 1)
        }
    }

    /// Calls `body` with the text so far, without a newline.
    public mutating func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafePointer(to: &bytes) { line in
            body(UnsafeRawBufferPointer(start: line, count: length))
        }
    }

    /// Calls `body` with the text so far as a NUL-terminated string.
    public mutating func withCString<Result>(
        _ body: (UnsafePointer<CChar>) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        bytes[length] = 0
        return try withUnsafePointer(to: &bytes) { (line) throws(SystemError) in
            try body(UnsafeRawPointer(line).assumingMemoryBound(to: CChar.self))
        }
    }

    private mutating func append(_ text: UnsafeRawPointer, length count: Int) {
        for index in 0..<count { append(byte: text.load(fromByteOffset: index, as: UInt8.self)) }
    }

    private mutating func append(byte: UInt8) {
        guard length < Self.capacity &- 1 else { return }
        bytes[length] = byte < 32 || byte == 127 ? 63 : byte
        length &+= 1
    }
}
