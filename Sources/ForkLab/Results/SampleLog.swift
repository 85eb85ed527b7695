import Glibc
import Measurement

/// The samples of a run on disk, one JSON object a line, each written whole the moment it is known.
public struct SampleLog: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Opens `path` to append to it. Throws `SystemCallError`.
    public init(path: String) throws(SystemCallError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemCallError("open \(path)") }
        self.path = path
    }

    deinit { close(descriptor) }

    /// Appends one sample with one write(2): a run that is killed leaves whole lines. Throws
    /// `SystemCallError` or `EncodingError`.
    public func append(_ sample: Sample) throws {
        let line = Array((try JSONLine.encode(sample) + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count else {
            throw SystemCallError("write \(path)")
        }
    }

    /// The samples of a log; lines that are not whole are left out. Throws `SystemCallError`.
    public static func read(path: String) throws(SystemCallError) -> [Sample] {
        try TextFile.read(path).split(separator: "\n").compactMap { line in
            try? JSONLine.decode(Sample.self, from: String(line))
        }
    }
}

/// Small files that are written whole.
enum OutputFile {
    /// Replaces the file at `path` by `text`. Throws `SystemCallError`.
    static func write(_ text: String, to path: String) throws(SystemCallError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemCallError("create \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemCallError("write \(path)")
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
    }
}
