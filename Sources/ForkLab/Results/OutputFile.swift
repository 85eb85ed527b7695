import Glibc
import Measurement

/// Small files that are written whole.
enum OutputFile {
    /// Replaces the file at `path` by `text`, or leaves it as it was. Throws `SystemCallError`.
    static func write(_ text: String, to path: String) throws(SystemCallError) {
        let draft = "\(path).\(getpid()).tmp"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemCallError("write \(path)") }
        defer { close(descriptor) }
        do throws(SystemCallError) {
            try append(text, to: descriptor, path: path)
            guard rename(draft, path) == 0 else { throw SystemCallError("write \(path)") }
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// Writes all of `text`, in one write(2) unless the kernel takes less. Throws `SystemCallError`.
    static func append(_ text: String, to descriptor: Int32, path: String) throws(SystemCallError) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            guard count > 0 else { throw SystemCallError("write \(path)") }
            written += count
        }
    }

    /// Makes a directory and those above it. Throws `SystemCallError`.
    static func makeDirectory(_ path: String) throws(SystemCallError) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            prefix += "/\(component)"
            guard mkdir(prefix, 0o755) == 0 || errno == EEXIST else {
                throw SystemCallError("create \(prefix)")
            }
        }
        guard Folder.exists(path) else { throw SystemCallError("create \(path)", code: ENOTDIR) }
    }
}
