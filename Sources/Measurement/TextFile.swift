import Glibc

/// A failed system call: what was attempted on which object, and the error number.
public struct SystemCallError: Error, Sendable, CustomStringConvertible {
    /// What was attempted, with its object: "open /proc/1/maps".
    public let attempt: String
    /// The error number (`errno`) of the attempt.
    public let code: Int32

    /// Records a failure; `code` is `errno` unless given.
    public init(_ attempt: String, code: Int32 = errno) {
        self.attempt = attempt
        self.code = code
    }

    /// "open /proc/1/maps: No such file or directory".
    public var description: String { "\(attempt): \(reason)" }

    /// "No such file or directory".
    public var reason: String { String(cString: strerror(code)) }
}

/// Small text files, those of /proc above all.
public enum TextFile {
    /// The whole text of a file, read to its end, whatever size it claims to have.
    ///
    /// Throws `SystemCallError`. Safe in any thread.
    public static func read(_ path: String) throws(SystemCallError) -> String {
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
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The `Name:   123 kB` lines that files in /proc are made of.
public struct KilobyteFields {
    // Bytes that are searched, not a dictionary of strings: the harness asks for three of 50 many times a second.
    private let bytes: [UInt8]

    /// The fields of `text`; other lines are left out.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Bytes; 0 for a field that this kernel does not have.
    public subscript(name: String) -> Int64 {
        let label = Array("\(name):".utf8)
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: label) {
            let words = line.dropFirst(label.count).split(separator: UInt8(ascii: " "))
            guard words.count == 2, words[1].elementsEqual("kB".utf8) else { return 0 }
            return (Int64(String(decoding: words[0], as: UTF8.self)) ?? 0) * 1024
        }
        return 0
    }
}
