import Glibc

/// Files that the user names.
package enum InputFile {
    /// The whole text of the file at `path`.
    ///
    /// Throws an `InputError` that names the file, once, and ends with `advice`, which says what would be right.
    package static func read(_ path: String, advice: String) throws(InputError) -> String {
        guard !isDevice(path) else { throw InputError(path, "is a device; \(advice)") }
        do {
            return try TextFile.read(path)
        } catch {
            throw InputError(path, "cannot be read: \(error.reason); \(advice)")
        }
    }

    /// Devices have no end, or wait for a terminal.
    private static func isDevice(_ path: String) -> Bool {
        [S_IFCHR, S_IFBLK].contains(FileType.of(path))
    }
}
