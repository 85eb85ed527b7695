/// Messages as string literals with interpolated values, composed without allocating.
extension MessageLine: ExpressibleByStringInterpolation {
    /// A message without values.
    public init(stringLiteral text: StaticString) {
        self.init()
        append(text)
    }

    /// A message with values.
    public init(stringInterpolation composed: StringInterpolation) { self = composed.line }

    /// Puts a literal's texts and values together.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var line = MessageLine()

        /// See `StringInterpolationProtocol`.
        public init(literalCapacity: Int, interpolationCount: Int) {}

        /// The text between two values.
        public mutating func appendLiteral(_ text: StaticString) { line.append(text) }

        /// Text known at compile time.
        public mutating func appendInterpolation(_ text: StaticString) { line.append(text) }

        /// A NUL-terminated string.
        public mutating func appendInterpolation(cString text: UnsafePointer<CChar>) {
            line.append(cString: text)
        }

        /// The text of an error.
        public mutating func appendInterpolation(_ error: SystemError) { line.append(cString: error.text) }

        /// A number in decimal.
        public mutating func appendInterpolation(_ number: some FixedWidthInteger) {
            if number < 0 { line.append("-") }
            line.append(UInt64(truncatingIfNeeded: number.magnitude))
        }

        /// A size_t, which Swift imports as Int, in decimal.
        public mutating func appendInterpolation(size: Int) {
            line.append(UInt64(UInt(bitPattern: size)))
        }

        /// An address in hexadecimal, or NULL.
        public mutating func appendInterpolation(_ address: UnsafeRawPointer?) {
            line.append(address: address)
        }

        /// An address in hexadecimal, or NULL.
        public mutating func appendInterpolation(_ address: UnsafeMutableRawPointer?) {
            line.append(address: UnsafeRawPointer(address))
        }
    }
}
