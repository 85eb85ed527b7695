/// Times as people write them.
extension Duration {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("m", 60e9), ("h", 3600e9),
    ]
    private static let longest = 366.0 * 86400e9

    /// Parses a number with at most one unit, such as "90s", "10m" or "1.5h"; a bare number counts seconds. Nil for anything else, for
    /// an empty text, and above a year.
    package init?(text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let suffix = text.dropFirst(digits.count)
        let unit = suffix.isEmpty ? 1e9 : Self.units.first { $0.suffix == suffix }?.nanoseconds
        guard let number = Double(digits), let unit, number * unit >= 1, number * unit <= Self.longest else {
            return nil
        }
        self = .nanoseconds(Int64(number * unit))
    }

    /// What is wrong with a text that is not a time, and what would be right.
    package static func objection(to text: String) -> String {
        "\"\(text)\" is not a time; give a number above 0 with ms, s, m or h, such as 90s or 10m"
    }

    /// The form that options and scenarios accept: "84ms", "0.39ms", "90s".
    package var optionText: String {
        nanoseconds % 1_000_000_000 == 0
            ? "\(nanoseconds / 1_000_000_000)s"
            : nanoseconds % 1_000_000 == 0 ? "\(nanoseconds / 1_000_000)ms" : "\(Double(nanoseconds) / 1e6)ms"
    }

    /// "2 h 5 min", "3 min 20 s", "12.5 s".
    package var inWords: String {
        let seconds = (nanoseconds + 500_000_000) / 1_000_000_000
        if seconds >= 3600 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        if seconds >= 60 { return "\(seconds / 60) min \(seconds % 60) s" }
        return Quantity.nanoseconds(Double(nanoseconds))
    }
}
