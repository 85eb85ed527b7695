import ArgumentParser

/// Numbers on the command line, with complaints that say what would be right.
enum NumberArgument {
    /// Throws `ValidationError` unless `text` is a whole number.
    static func wholeNumber(_ text: String) throws -> Int {
        guard let number = Int(text) else { throw ValidationError("give a whole number") }
        return number
    }

    /// Throws `ValidationError` unless `text` is a number from 0 to less than 1: somebody who writes 5 means 5 %.
    static func share(_ text: String) throws -> Double {
        guard let number = Double(text), number >= 0, number < 1 else {
            throw ValidationError("give a share such as 0.05")
        }
        return number
    }
}
