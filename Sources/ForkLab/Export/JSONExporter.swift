import Measurement

/// The summary as one JSON object: what `forklab run --json` prints.
public struct JSONExporter: Exporter {
    /// The exporter.
    public init() {}

    /// The text of the file. Throws `EncodingError`.
    public func text(of results: ResultSet) throws -> String { try JSONLine.encode(results.summary) + "\n" }
}
