import Foundation
import LabBase

/// An installation's operations on the file system. Files appear whole or not at all.
enum FileOperations {
    /// Makes a world-readable file with the modification time `modified` (seconds since 1970). If it replaces a file, it keeps
    /// that one's mode and owner. Throws `SystemCallError`; the old file is still there then.
    static func write(_ content: Data, to path: String, modified: Int64) throws(SystemCallError) {
        var old = stat()
        let replacesFile = lstat(path, &old) == 0 && old.st_mode & S_IFMT == S_IFREG
        try FileDraft.replace(path) { descriptor throws(SystemCallError) in
            let failure = content.withUnsafeBytes { OutputFile.append($0, to: descriptor) }
            guard failure == 0 else { throw SystemCallError("write \(path)", code: failure) }
            if replacesFile {
                try OutputFile.adopt(old, "/proc/self/fd/\(descriptor)")
            } else {
                // The caller's umask must not apply to files that others are to read.
                guard fchmod(descriptor, 0o644) == 0 else { throw SystemCallError("chmod \(path)") }
            }
            let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
            guard futimens(descriptor, [time, time]) == 0 else {
                throw SystemCallError("set the time of \(path)")
            }
            guard fsync(descriptor) == 0 else { throw SystemCallError("write \(path)") }
        }
    }

    /// Makes a folder with mode 0755. Throws `SystemCallError`.
    static func makeFolder(_ path: String) throws(SystemCallError) {
        guard mkdir(path, 0o755) == 0 else { throw SystemCallError("make the folder \(path)") }
    }

    /// Removes a file or a link if it exists. Throws `SystemCallError`.
    static func remove(_ path: String) throws(SystemCallError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemCallError("remove \(path)") }
    }

    /// Removes a folder if it is empty. Returns whether it did.
    static func removeIfEmpty(_ path: String) -> Bool { rmdir(path) == 0 }
}
