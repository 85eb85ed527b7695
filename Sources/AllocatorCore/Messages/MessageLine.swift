import CLinux

/// One line of text, composed without allocating and written with one write(2), so that lines of several processes never
/// mix. Text beyond 1023 bytes is cut off.
///
/// Async-signal-safe, and safe in any phase of a fork, where the allocator's locks are held.
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

    /// Appends a NUL-terminated string. Control characters become `?`, so that it stays one line.
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

    /// Appends a number in decimal, right-aligned in `width` characters.
    public mutating func append(_ number: UInt64, width: Int) {
        var rest = number / 10
        var digits = 1
        while rest > 0 {
            digits &+= 1
            rest /= 10
        }
        while digits < width {
            append(" ")
            digits &+= 1
        }
        append(number)
    }

    /// Appends a number of bytes for people to read: in the largest binary unit that fits, with one decimal.
    public mutating func append(size bytes: UInt64) {
        var unit: UInt64 = 1
        var prefix = 0
        let prefixes: StaticString = " KMGTPE"
        while prefix < 6, bytes / unit >= 1024 {
            unit &*= 1024
            prefix &+= 1
        }
        append(bytes / unit)
        if prefix > 0 {
            append(".")
            append(bytes % unit &* 10 / unit)
        }
        append(" ")
        if prefix > 0 {
            append(byte: prefixes.utf8Start[prefix])
            append("i")
        }
        append("B")
    }

    /// Appends an address in hexadecimal, or NULL.
    public mutating func append(address: UnsafeRawPointer?) {
        guard let address else { return append("NULL") }
        append("0x")
        let bits = UInt(bitPattern: address)
        var shift = 64 &- (bits.leadingZeroBitCount & ~3)
        while shift > 0 {
            shift &-= 4
            let digit = UInt8(truncatingIfNeeded: (bits &>> UInt(shift)) & 15)
            append(byte: digit < 10 ? 48 &+ digit : 87 &+ digit)
        }
    }

    /// Appends spaces up to `column`.
    public mutating func pad(to column: Int) {
        while length < column, length < Self.capacity &- 1 { append(" ") }
    }

    /// Appends another line's text.
    public mutating func append(line other: MessageLine) {
        for index in 0..<other.length { append(byte: other.bytes[index]) }
    }

    /// Writes the line and a newline to `descriptor`, with one write(2). Errors are ignored.
    public mutating func write(to descriptor: CInt) {
        bytes[length] = 10
        withUnsafePointer(to: &bytes) { line in
            Linux.write(UnsafeRawPointer(line), length: length &+ 1, to: descriptor)
        }
    }

    /// Calls `body` with the text so far, without a newline.
    public mutating func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafePointer(to: &bytes) { line in
            body(UnsafeRawBufferPointer(start: line, count: length))
        }
    }

    /// Calls `body` with the text so far as a NUL-terminated string. Throws what `body` throws. Throws what `body` throws.
    public mutating func withCString<Result: ~Copyable>(
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
