import FoundationEssentials
import Glibc

/// A directory that only we use, until it is removed.
package struct TemporaryDirectory {
    /// Its path.
    package let path: String

    /// Makes one in `parent`. Throws `SystemCallError`.
    package init(in parent: String) throws(SystemCallError) {
        var template = Array("\(parent)/forklab-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("create a directory in \(parent)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes one in $TMPDIR or, if that is not set, in /var/tmp, which is not a tmpfs: there is room for large files. Throws
    /// `SystemCallError`.
    package static func large() throws(SystemCallError) -> TemporaryDirectory {
        try TemporaryDirectory(in: getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp")
    }

    /// Removes it with everything in it; errors are ignored.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
