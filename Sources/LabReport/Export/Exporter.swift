import LabBase

/// A form that results can be given to others in. One file an exporter.
package protocol Exporter {
    /// The text of the file. Throws `InputError` or `SystemCallError`.
    func text(of results: ResultSet) throws -> String
}

extension Exporter {
    /// Writes the file at `path`, or to standard output where that is "-".
    ///
    /// Throws `InputError` or `SystemCallError`.
    package func export(_ results: ResultSet, to path: String) throws {
        try OutputFile.writeOrPrint(try text(of: results), to: path)
    }
}
