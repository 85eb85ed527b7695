import ArgumentParser

/// Checks the ranges of numeric options.
package enum OptionRange {
    /// Throws `ValidationError` unless `share` is from 0 to 1.
    package static func checkShare(_ name: String, _ share: Double) throws {
        guard (0...1).contains(share) else {
            throw ValidationError("\(name) is \(share); give a number from 0 to 1")
        }
    }

    /// Throws `ValidationError` unless each number is from 1 to its maximum.
    package static func checkCounts(_ options: [(name: String, number: Int, highest: Int)]) throws {
        for (name, number, highest) in options where !(1...highest).contains(number) {
            throw ValidationError("\(name) is \(number); give a number from 1 to \(highest)")
        }
    }
}
