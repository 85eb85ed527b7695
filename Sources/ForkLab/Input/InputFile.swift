import Measurement

/// Files that the user names.
enum InputFile {
    /// The whole text of the file at `path`.
    ///
    /// Throws `InputError` that names it, once, and ends with `advice`: what would be right.
    static func read(_ path: String, advice: String) throws(InputError) -> String {
        do {
            return try TextFile.read(path)
        } catch {
            throw InputError(path, "cannot be read: \(error.reason); \(advice)")
        }
    }
}
