import LabBase

/// The summary as one JSON object: what `forklab run --json` prints.
package struct JSONExporter: Exporter {
    /// The exporter.
    package init() {}

    /// The text of the file. Throws `EncodingError`.
    package func text(of results: ResultSet) throws -> String {
        try JSONLine.encode(results.summary) + "\n"
    }
}
