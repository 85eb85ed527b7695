import Foundation
import Measurement

/// What an installation does to the file system. Files appear whole or not at all: they are written under another name
/// in the same folder, then renamed.
enum FileOperations {
    /// Where a symbolic link leads.
    static func linkTarget(_ path: String) throws(SystemCallError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(path, &bytes, Int(PATH_MAX))
        guard length >= 0 else { throw SystemCallError("readlink \(path)") }
        return String(decoding: bytes.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes a file for all to read, with a time of last change of our choice.
    static func write(_ content: Data, to path: String, modified: Int64) throws(SystemCallError) {
        let temporary = temporaryName(for: path)
        try undoing(temporary) { () throws(SystemCallError) in
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw SystemCallError("create \(temporary)") }
            defer { close(descriptor) }
            try writeAll(content, to: descriptor, path)
            // The caller's umask is not meant for what others are to read.
            guard fchmod(descriptor, 0o644) == 0 else { throw SystemCallError("chmod \(temporary)") }
            let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
            guard futimens(descriptor, [time, time]) == 0 else {
                throw SystemCallError("set the time of \(temporary)")
            }
            guard fsync(descriptor) == 0 else { throw SystemCallError("write \(path)") }
            guard rename(temporary, path) == 0 else { throw SystemCallError("create \(path)") }
        }
    }

    /// Makes a symbolic link.
    static func link(_ path: String, to target: String) throws(SystemCallError) {
        let temporary = temporaryName(for: path)
        try undoing(temporary) { () throws(SystemCallError) in
            guard symlink(target, temporary) == 0 else { throw SystemCallError("create \(temporary)") }
            guard rename(temporary, path) == 0 else { throw SystemCallError("create \(path)") }
        }
    }

    /// Makes a folder.
    static func makeFolder(_ path: String) throws(SystemCallError) {
        guard mkdir(path, 0o755) == 0 else { throw SystemCallError("make the folder \(path)") }
    }

    /// Removes a file or a link, if it is there.
    static func remove(_ path: String) throws(SystemCallError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemCallError("remove \(path)") }
    }

    /// Removes a folder if nothing is in it. Returns whether it did.
    static func removeIfEmpty(_ path: String) -> Bool { rmdir(path) == 0 }

    private static func temporaryName(for path: String) -> String {
        "\(RealPath.folder(of: path))/.forklab-\(getpid())-\(path.split(separator: "/").last ?? "")"
    }

    private static func undoing(
        _ temporary: String, _ body: () throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        do throws(SystemCallError) {
            try body()
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func writeAll(
        _ content: Data, to descriptor: Int32, _ path: String
    ) throws(SystemCallError) {
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw SystemCallError("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }
}
