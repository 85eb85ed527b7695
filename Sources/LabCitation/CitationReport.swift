/// What `forklab cite` found in each of its documents.
package struct CitationReport: Encodable, Sendable {
    /// One document.
    package struct Entry: Encodable, Sendable, CustomStringConvertible {
        /// Its path, as it was given.
        let file: String
        /// Numbers that are cited.
        let numbers: Int
        /// Tables that are made.
        let tables: Int
        /// What the results say otherwise.
        package let changes: [CitedDocument.Change]

        /// The entry of `file`, whose update is known.
        package init(file: String, _ update: CitedDocument.Update) {
            self.file = file
            numbers = update.citations
            tables = update.tables
            changes = update.changes
        }

        /// "README.md: 12 numbers, 2 tables, 1 changed".
        package var description: String {
            "\(file): \(numbers) numbers, \(tables) tables, \(changes.count) changed"
        }
    }

    /// In the order in which they were given.
    package let documents: [Entry]

    /// A report of these.
    package init(documents: [Entry]) { self.documents = documents }

    /// Whether all of them say what the results say.
    package var isUpToDate: Bool { documents.allSatisfy(\.changes.isEmpty) }
}
