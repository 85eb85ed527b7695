import ArgumentParser

/// The default of an option as its help states it. It shows what kind of value the option takes, which ArgumentParser's
/// errors do not.
struct DefaultValue {
    /// The default value as text: "256M".
    let text: String

    /// The default of `option`, such as "--hold <hold>", in a page of help; nil if it has none.
    init?(of option: String, in help: String) {
        let entry = help.split(separator: "\n").drop { !$0.hasPrefix("  \(option)") }
        guard let first = entry.first else { return nil }
        let rest = entry.dropFirst().prefix { $0.hasPrefix("   ") }
        let words = ([first] + rest).joined(separator: " ").split(separator: " ").joined(separator: " ")
        guard let mark = words.ranges(of: "(default: ").last else { return nil }
        text = String(words[mark.upperBound...].prefix { $0 != ")" })
    }

    /// What would be right: "give a whole number such as 20"; nil if the default does not tell.
    var advice: String? {
        if Bool(text) != nil { return "give true or false" }
        if Int(text) != nil { return "give a whole number such as \(text)" }
        if Double(text) != nil { return "give a number such as \(text)" }
        if let unit = text.last, "KMGT".contains(unit), Int(text.dropLast()) != nil {
            return "give bytes, or a number with K, M, G or T, such as \(text)"
        }
        return nil
    }
}
