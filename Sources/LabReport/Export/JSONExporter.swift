import LabBase

/// Exports the summary as one JSON object, as `forklab run --json` prints it.
package struct JSONExporter: Exporter {
    /// Creates the exporter.
    package init() {}

    /// The contents of the file. Throws `EncodingError`.
    package func text(of results: ResultSet) throws -> String {
        try JSONLine.encode(results.summary) + "\n"
    }
}
