/// A number of bytes as users write it: digits, optionally followed by K, M, G or T (powers of 1024).
public enum ByteSize {
    /// Why a text is not a size.
    public enum ParseError: Error {
        /// Empty, with a sign or a fraction, or with anything but one suffix after the number.
        case notANumber
        /// More bytes than a signed 64-bit offset can hold.
        case tooLarge
    }

    /// The number of bytes in the NUL-terminated `text`. Throws a `ParseError` if it is not a size.
    public static func parse(_ text: UnsafePointer<CChar>) throws(ParseError) -> Int {
        var value = 0
        var index = 0
        var overflowed = false
        while let digit = digit(text[index]) {
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(digit)
            overflowed = overflowed || productOverflow || sumOverflow
            value = sum
            index &+= 1
        }
        guard index > 0 else { throw .notANumber }
        if text[index] != 0 {
            guard let shift = shift(ofSuffix: text[index]), text[index &+ 1] == 0 else { throw .notANumber }
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 1 &<< shift)
            overflowed = overflowed || productOverflow
            value = product
        }
        guard !overflowed else { throw .tooLarge }
        return value
    }

    private static func digit(_ character: CChar) -> Int? {
        character >= 48 && character <= 57 ? Int(character) &- 48 : nil
    }

    private static func shift(ofSuffix character: CChar) -> Int? {
        switch UInt8(bitPattern: character) | 0x20 {
        case UInt8(ascii: "k"): 10
        case UInt8(ascii: "m"): 20
        case UInt8(ascii: "g"): 30
        case UInt8(ascii: "t"): 40
        default: nil
        }
    }
}
