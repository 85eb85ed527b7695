/// The findings of `forklab cite` in each of its documents.
package struct CitationReport: Encodable, Sendable {
    /// One document.
    package struct Entry: Encodable, Sendable, CustomStringConvertible {
        /// The document's path, as it was given.
        let file: String
        /// How many numbers it cites.
        let numbers: Int
        /// How many generated tables it has.
        let tables: Int
        /// The places where it differs from the results.
        package let changes: [CitedDocument.Change]

        /// The entry for `file`, given its update.
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

    /// The documents in the order in which they were given.
    package let documents: [Entry]

    /// A report on `documents`.
    package init(documents: [Entry]) { self.documents = documents }

    /// Whether all of them agree with the results.
    package var isUpToDate: Bool { documents.allSatisfy(\.changes.isEmpty) }
}
