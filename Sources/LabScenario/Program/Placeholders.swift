/// `{name}` in the texts of a `program:`.
///
/// A name is lower-case letters, digits and underscores, beginning with a letter. `{{name}}` stands for the
/// text `{name}`. Braces around anything else, as in `awk '{print $1}'` or `events {}`, are left alone.
package struct Placeholders {
    /// The names to which the harness gives a value, with their meanings.
    static let builtIn: [(name: String, meaning: String)] = [
        ("port", "a TCP port that was free when the trial began"),
        ("port2", "another one"),
        ("scratch", "the trial's own directory, which vanishes with it"),
        ("pool_dir", "the directory of the pool; for a reference the same as scratch"),
        ("pool_size", "the size of the pool"),
        ("server_pid", "the process ID of what start started"),
        ("trigger", "1 for the first trigger, 2 for the next; 0 before any"),
    ]

    /// The values of the names.
    package var values: [String: String]

    /// Replaces names by `values`.
    package init(values: [String: String]) {
        self.values = values
    }

    /// The text with every name that has a value replaced by it.
    package func expand(_ text: String) -> String {
        Self.parts(of: text).map { part in
            switch part {
            case .text(let text): text
            case .name(let name): values[name] ?? "{\(name)}"
            }
        }.joined()
    }

    /// The names that occur in a text.
    package static func names(in text: String) -> [String] {
        parts(of: text).compactMap { part in
            if case .name(let name) = part { name } else { nil }
        }
    }

    private enum Part {
        case text(String)
        case name(String)
    }

    private static func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            parts.append(.text(String(rest[..<brace])))
            rest = rest[brace...]
            if let name = name(in: rest.dropFirst(2), closedBy: "}}"), rest.hasPrefix("{{") {
                parts.append(.text("{\(name)}"))
                rest = rest.dropFirst(name.count + 4)
            } else if let name = name(in: rest.dropFirst(), closedBy: "}") {
                parts.append(.name(name))
                rest = rest.dropFirst(name.count + 2)
            } else {
                parts.append(.text("{"))
                rest = rest.dropFirst()
            }
        }
        return parts + [.text(String(rest))]
    }

    private static func name(in text: Substring, closedBy end: String) -> String? {
        let name = text.prefix { isNameCharacter($0) }
        guard isName(String(name)), text.dropFirst(name.count).hasPrefix(end) else { return nil }
        return String(name)
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        ("a"..."z").contains(character) || ("0"..."9").contains(character) || character == "_"
    }

    /// Whether `text` can be a name.
    static func isName(_ text: String) -> Bool {
        text.first.map { ("a"..."z").contains($0) } == true && text.allSatisfy(isNameCharacter)
    }
}
