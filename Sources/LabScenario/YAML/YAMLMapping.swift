import LabBase

/// A mapping of a YAML file: its entries by key.
package struct YAMLMapping {
    private let reader: YAMLReader
    private let entries: [String: YAMLReader]

    /// The mapping at `reader`, with its entries.
    init(_ reader: YAMLReader, _ entries: [(key: String, value: YAMLReader)]) {
        self.reader = reader
        self.entries = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) })
    }

    /// The value of a key; nil if it is not given.
    package subscript(key: String) -> YAMLReader? { entries[key] }

    /// The value of a key that must be given. Throws `InputError`.
    package func required(_ key: String) throws(InputError) -> YAMLReader {
        guard let entry = entries[key] else { throw reader.error("the key \"\(key)\" is missing") }
        return entry
    }
}
