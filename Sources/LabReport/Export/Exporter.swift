import LabBase

/// A format for exporting results. One file per exporter.
package protocol Exporter {
    /// The contents of the file. Throws `InputError` or `SystemCallError`.
    func text(of results: ResultSet) throws -> String
}

extension Exporter {
    /// Writes the file at `path`, or to standard output if that is "-".
    ///
    /// Throws `InputError` or `SystemCallError`.
    package func export(_ results: ResultSet, to path: String) throws {
        try OutputFile.writeOrPrint(try text(of: results), to: path)
    }
}
