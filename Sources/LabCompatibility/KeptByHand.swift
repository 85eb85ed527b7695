import LabBase
import Measurement

/// The end of a document, written by people: it stays when the rest is regenerated.
enum KeptByHand {
    /// The line with which it begins.
    static let marker = "<!-- Kept by hand -->"

    /// The end of the file at `path` from its marker on, or nothing if there is no such file or no marker in it.
    /// Throws `SystemCallError`.
    static func read(_ path: String) throws(SystemCallError) -> String {
        // Any other output target has nothing to keep, and reading a FIFO would block.
        guard path != OutputFile.standardOutput, case .file(let place, _) = try OutputTarget(path) else {
            return ""
        }
        let lines = try TextFile.read(place).split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(where: { $0 == marker }) else { return "" }
        return lines[first...].joined(separator: "\n")
    }
}
