import Glibc

/// Reads small text files, above all those of /proc.
public enum TextFile {
    /// The whole text of a file, read to its end, whatever size it claims to have.
    ///
    /// Throws `SystemCallError`. Safe in any thread.
    public static func read(_ path: String) throws(SystemCallError) -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// The same as bytes, for files that are read many times per second. Throws `SystemCallError`. Safe in any thread.
    package static func bytes(_ path: String) throws(SystemCallError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var failure: Int32 = 0
        var count = 1
        while count > 0 {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: 16384))
            count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress! + start, 16384)
            }
            if count < 0 { failure = errno }
            bytes.removeLast(16384 - max(count, 0))
        }
        guard failure == 0 else { throw SystemCallError("read \(path)", code: failure) }
        return bytes
    }
}
