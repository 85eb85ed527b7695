import FoundationEssentials
import Glibc
import Measurement

/// A folder of a test's own.
struct TemporaryFolder {
    /// Its path.
    let path: String

    /// Makes it. Throws `SystemCallError`.
    init() throws(SystemCallError) {
        var template = Array("/tmp/forklab-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("make a directory in /tmp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The names of what lies in it.
    var entries: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    /// Removes it with all that lies in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
