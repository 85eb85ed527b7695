import LabBase

/// environment.json: one manifest for each run that added samples to a result directory.
struct EnvironmentFile: Codable {
    /// Version of this record; raised when a field changes its meaning.
    static let currentSchema = 2

    /// Version of the record.
    var schema = EnvironmentFile.currentSchema
    /// The runs in the order in which they began, or in which they were merged.
    var runs: [EnvironmentManifest]

    /// Reads the file at `path`. Throws an `InputError` that says what is wrong with it.
    static func read(_ path: String) throws(InputError) -> EnvironmentFile {
        let text = try InputFile.read(path, advice: ResultDirectory.advice)
        do {
            let version = try JSONLine.decode(Version.self, from: text)
            guard version.schema == currentSchema else {
                throw InputError(
                    path,
                    "has schema \(version.schema), this forklab reads \(currentSchema); use the forklab "
                        + "that wrote it")
            }
            return try JSONLine.decode(EnvironmentFile.self, from: text)
        } catch let error as InputError {
            throw error
        } catch {
            throw InputError(path, "is not a record of a run: \(error)")
        }
    }

    /// Replaces the file at `path`. Throws `SystemCallError` or `EncodingError`.
    func write(to path: String) throws { try OutputFile.write(try JSONLine.encode(self) + "\n", to: path) }

    private struct Version: Decodable { let schema: Int }
}
