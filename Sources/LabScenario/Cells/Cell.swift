import Measurement

/// One combination of the matrix, named by its keys: `mode=1 file_system=tmpfs pool_size=256M`.
package struct Cell: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The keys that come first; all others are parameters of the workload.
    package static let leadingKeys = ["mode", "reference", "file_system"]

    /// Every key with its value.
    package let keys: [String: String]

    /// A cell of these keys.
    package init(_ keys: [String: String]) { self.keys = keys }

    /// Encodes as a plain object of its keys. Throws `EncodingError`.
    package func encode(to encoder: any Encoder) throws {
        // The dictionary as a whole: JSON coders leave its keys alone, but convert those of a keyed container.
        var container = encoder.singleValueContainer()
        try container.encode(keys)
    }

    /// Decodes a plain object of keys. Throws `DecodingError`.
    package init(from decoder: any Decoder) throws {
        keys = try decoder.singleValueContainer().decode([String: String].self)
    }

    /// The value of `key`; nil if the cell does not have it.
    package subscript(key: String) -> String? { keys[key] }

    /// Whether the cell has all the values of `selector`, where "1|2" means either.
    package func matches(_ selector: [String: String]) -> Bool {
        selector.allSatisfy { key, value in
            guard let own = keys[key] else { return false }
            return own == value || Self.alternatives(value).contains(own)
        }
    }

    /// "1" and "2" for the selector value "1|2".
    static func alternatives(_ value: String) -> [String] { value.split(separator: "|").map(String.init) }

    /// Whether both cells have equal values for all common keys, except those in `free`.
    package func agrees(with other: Cell, except free: Set<String>) -> Bool {
        keys.allSatisfy { key, value in free.contains(key) || (other[key] ?? value) == value }
    }

    /// The contender that the cell measures; nil if it names none.
    package var contender: Contender? {
        if let mode = keys["mode"] { return Int(mode).flatMap(ForkMode.init).map(Contender.mode) }
        return keys["reference"].flatMap(Contender.Reference.init).map(Contender.reference)
    }

    /// The cell without the settings of the library that have no effect on its contender: cells that differ only in
    /// those are the same.
    var withoutIdleSettings: Cell {
        Cell(keys.filter { LibrarySetting.named($0.key)?.applies(to: contender) ?? true })
    }

    /// The keys in the order in which they are shown.
    package var orderedKeys: [String] {
        Self.leadingKeys.filter { keys[$0] != nil }
            + keys.keys.filter { !Self.leadingKeys.contains($0) }.sorted()
    }

    /// The keys in order: "mode=1 file_system=tmpfs pool_size=256M".
    package var description: String {
        orderedKeys.map { "\($0)=\(keys[$0]!)" }.joined(separator: " ")
    }
}
