import LabBase

/// A comment that begins or ends a table: `<!-- forklab: results ../results/first-fork metrics=fork_stall -->`.
struct Marker {
    /// The word that ends a table.
    static let end = "end"
    private static let opening = "<!-- forklab:"
    private static let closing = "-->"

    /// The kind of table, or "end".
    let word: String
    /// The directory of the results; nil if none is named.
    let directory: String?
    /// The options, by key.
    let options: [String: String]

    /// The marker in `line`; nil if there is none. Throws an `InputError` at `place` for an incomplete one.
    init?(_ line: Substring, place: String) throws(InputError) {
        guard line.hasPrefix(Self.opening) else { return nil }
        guard line.hasSuffix(Self.closing) else {
            throw InputError(place, "the marker must end with --> on the same line")
        }
        let words = line.dropFirst(Self.opening.count).dropLast(Self.closing.count).split(separator: " ")
        guard let first = words.first else {
            throw InputError(place, "the marker names no table; valid are \(Self.kinds)")
        }
        word = String(first)
        directory = words.dropFirst().first.map(String.init)
        var options: [String: String] = [:]
        for text in words.dropFirst(2) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty, options[String(parts[0])] == nil else {
                throw InputError(place, "\"\(text)\" is not an option; write key=value, each key once")
            }
            options[String(parts[0])] = String(parts[1])
        }
        self.options = options
    }

    private static var kinds: String { DocumentTables.all.map(\.name).joined(separator: ", ") }
}
