/// What `forklab cite` found in each of its documents.
public struct CitationReport: Encodable, Sendable {
    /// One document.
    public struct Entry: Encodable, Sendable, CustomStringConvertible {
        /// Its path, as it was given.
        public let file: String
        /// Numbers that are cited.
        public let numbers: Int
        /// Tables that are made.
        public let tables: Int
        /// What the results say otherwise.
        public let changes: [CitedDocument.Change]

        /// The entry of `file`, whose update is known.
        public init(file: String, _ update: CitedDocument.Update) {
            self.file = file
            numbers = update.citations
            tables = update.tables
            changes = update.changes
        }

        /// "README.md: 12 numbers, 2 tables, 1 changed".
        public var description: String {
            "\(file): \(numbers) numbers, \(tables) tables, \(changes.count) changed"
        }
    }

    /// In the order in which they were given.
    public let documents: [Entry]

    /// A report of these.
    public init(documents: [Entry]) { self.documents = documents }

    /// Whether all of them say what the results say.
    public var isUpToDate: Bool { documents.allSatisfy(\.changes.isEmpty) }
}
