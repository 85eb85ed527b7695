import ArgumentParser

/// Numbers on the command line. A complaint says what would be right, which ArgumentParser's own do not.
package enum NumberArgument {
    /// Throws `ValidationError` unless `text` is a whole number.
    package static func wholeNumber<Number: FixedWidthInteger>(_ text: String) throws -> Number {
        guard let number = Number(text) else { throw ValidationError("give a whole number") }
        return number
    }

    /// Throws `ValidationError` unless `text` is a whole number in `range`.
    package static func wholeNumber(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw ValidationError("give a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Throws `ValidationError` unless `text` is a number from 0 to less than 1: somebody who writes 5 means 5 %.
    package static func share(_ text: String) throws -> Double {
        guard let number = Double(text), number >= 0, number < 1 else {
            throw ValidationError("give a share such as 0.05")
        }
        return number
    }
}
