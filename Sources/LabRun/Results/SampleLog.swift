import Glibc
import LabBase
import LabScenario

/// The samples of a run on disk, one JSON object per line, each written whole the moment it is known.
struct SampleLog: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Opens `path` for appending, for this process only, and cuts off a last line that a killed run left
    /// unfinished.
    ///
    /// Throws `InputError` if another process writes to it, or `SystemCallError`.
    init(path: String) throws {
        descriptor = try Self.open(path)
        self.path = path
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemCallError("open \(path)") }
        do {
            try lock(descriptor, path)
            try cutUnfinishedLine(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func lock(_ descriptor: Int32, _ path: String) throws {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno == EWOULDBLOCK else { throw SystemCallError("lock \(path)") }
        throw InputError(path, "another run writes to it; wait for its end, or stop it")
    }

    private static func cutUnfinishedLine(_ descriptor: Int32, _ path: String) throws {
        let text = try TextFile.read(path)
        let whole = text.utf8.count - unfinished(text).utf8.count
        guard whole == text.utf8.count || ftruncate(descriptor, whole) == 0 else {
            throw SystemCallError("truncate \(path)")
        }
    }

    deinit { close(descriptor) }

    /// Appends one sample as one line: a run that is killed leaves complete lines, except for the last.
    ///
    /// Throws `SystemCallError` or `EncodingError`.
    func append(_ sample: Sample) throws {
        try OutputFile.append(try JSONLine.encode(sample) + "\n", to: descriptor, path: path)
    }

    /// The samples of a log, without an unfinished last line.
    ///
    /// Throws `SystemCallError`, or an `InputError` that names the line that is not a sample.
    static func read(path: String) throws -> [Sample] {
        try parse(try TextFile.read(path), path: path)
    }

    /// The samples in the text of the log at `path`. Throws an `InputError` that names the line that is not a sample.
    static func parse(_ text: String, path: String) throws(InputError) -> [Sample] {
        let lines = text.utf8.dropLast(unfinished(text).utf8.count)
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        return try lines.enumerated().map { index, line throws(InputError) in
            let place = "\(path):\(index + 1)"
            guard let version = try? JSONLine.decode(Version.self, from: String(Substring(line))) else {
                throw InputError(place, "is not a sample; the file was damaged after it was written")
            }
            guard version.schema == Sample.currentSchema else {
                throw InputError(
                    place, "has schema \(version.schema), this forklab reads \(Sample.currentSchema)")
            }
            do {
                return try JSONLine.decode(Sample.self, from: String(Substring(line)))
            } catch {
                throw InputError(place, "is not a complete sample: \(error)")
            }
        }
    }

    private struct Version: Decodable { let schema: Int }

    /// The text after the last newline.
    private static func unfinished(_ text: String) -> Substring {
        let newline = text.utf8.lastIndex(of: UInt8(ascii: "\n"))
        return text[(newline.map(text.utf8.index(after:)) ?? text.startIndex)...]
    }
}
