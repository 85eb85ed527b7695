import FoundationEssentials
import Glibc

/// A directory of ours alone, until it is removed.
package struct TemporaryDirectory {
    /// Its path.
    package let path: String

    /// Makes one in `parent`. Throws `SystemCallError`.
    package init(in parent: String) throws(SystemCallError) {
        var template = Array("\(parent)/forklab-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("create a directory in \(parent)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes one in $TMPDIR or, without that, in /var/tmp, which is no tmpfs: what is large may lie in it. Throws
    /// `SystemCallError`.
    package static func large() throws(SystemCallError) -> TemporaryDirectory {
        try TemporaryDirectory(in: getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp")
    }

    /// Removes it with all that it holds.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
