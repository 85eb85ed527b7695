import LabBase
import Measurement

/// The end of a document that people write: it stays when the rest is written anew.
enum KeptByHand {
    /// The line that it begins with.
    static let marker = "<!-- Kept by hand -->"

    /// The end of the file at `path` from its marker on, or nothing where there is no such file or no marker in it.
    /// Throws `SystemCallError`.
    static func read(_ path: String) throws(SystemCallError) -> String {
        // Whatever else output may go to has nothing to keep, and reading a FIFO would wait.
        guard path != OutputFile.standardOutput, case .file(let place, _) = try OutputTarget(path) else {
            return ""
        }
        let lines = try TextFile.read(place).split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.firstIndex(where: { $0 == marker }) else { return "" }
        return lines[first...].joined(separator: "\n")
    }
}
