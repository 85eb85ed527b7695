import CProcess
import Glibc
import SystemPackage

/// Writes small files whole.
package enum OutputFile {
    /// The name that stands for standard output.
    package static let standardOutput = "-"

    /// Like `write`, but to standard output if `path` is "-". Throws `SystemCallError`.
    package static func writeOrPrint(_ text: String, to path: String) throws(SystemCallError) {
        guard path == standardOutput else { return try write(text, to: path) }
        try append(text, toOpen: STDOUT_FILENO, path: "standard output")
    }

    /// Makes `text` the content of the file that `path` leads to, or leaves the file as it was; to a FIFO or a character
    /// device the text is written directly. Throws `SystemCallError`.
    package static func write(_ text: String, to path: String) throws(SystemCallError) {
        switch try OutputTarget(path) {
        case .nothing(let place):
            try FileDraft.replace(place) { descriptor throws(SystemCallError) in
                try append(text, to: descriptor, path: path)
            }
        case .file(let place, let status):
            try replace(place, status, by: text, path: path)
        case .stream(let place):
            let descriptor = open(place, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemCallError("write \(path)") }
            defer { close(descriptor) }
            try append(text, to: descriptor, path: path)
        case .descriptor(let descriptor):
            try append(text, toOpen: descriptor, path: path)
        }
    }

    /// Writes after everything that this process has already printed.
    private static func append(
        _ text: String, toOpen descriptor: Int32, path: String
    ) throws(SystemCallError) {
        guard fflush(nil) == 0 else { throw SystemCallError("write \(path)") }
        try append(text, to: descriptor, path: path)
    }

    private static func replace(
        _ place: String, _ old: stat, by text: String, path: String
    ) throws(SystemCallError) {
        // A file with two names would become two files.
        guard old.st_nlink == 1 else { return try overwrite(place, by: text, path: path) }
        do throws(SystemCallError) {
            try FileDraft.replace(place) { descriptor throws(SystemCallError) in
                try adopt(old, "/proc/self/fd/\(descriptor)")
                try append(text, to: descriptor, path: path)
            }
        } catch  where [EACCES, EBUSY, EPERM, EROFS].contains(error.code) {
            // The folder is not ours, the owner is another, or the file is a mount point.
            try overwrite(place, by: text, path: path)
        }
    }

    /// Gives the draft at `path` the mode and owner of the file that it replaces. Throws `SystemCallError`.
    package static func adopt(_ old: stat, _ path: String) throws(SystemCallError) {
        var new = stat()
        guard stat(path, &new) == 0,
            (new.st_uid, new.st_gid) == (old.st_uid, old.st_gid) || chown(path, old.st_uid, old.st_gid) == 0,
            chmod(path, old.st_mode & 0o7777) == 0
        else { throw SystemCallError("keep mode and owner in \(path)") }
    }

    /// Overwrites the file in place, once there is room for all of `text`.
    private static func overwrite(
        _ place: String, by text: String, path: String
    ) throws(SystemCallError) {
        let descriptor = open(place, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("write \(path)") }
        defer { close(descriptor) }
        let size = text.utf8.count
        guard cp_reserve_blocks(descriptor, size) == 0 else { throw SystemCallError("write \(path)") }
        try append(text, to: descriptor, path: path)
        guard ftruncate(descriptor, size) == 0 else { throw SystemCallError("write \(path)") }
    }

    /// Writes all of `text`, in one write(2) unless the kernel takes less. Throws `SystemCallError`.
    package static func append(_ text: String, to descriptor: Int32, path: String) throws(SystemCallError) {
        var text = text
        let failure = text.withUTF8 { append(UnsafeRawBufferPointer($0), to: descriptor) }
        guard failure == 0 else { throw SystemCallError("write \(path)", code: failure) }
    }

    /// Writes all of `bytes`; returns the error number, or 0.
    package static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard count >= 0 || errno == EINTR else { return errno }
            rest = rest.dropFirst(max(count, 0))
        }
        return 0
    }

    /// Makes a directory and all missing ones above it. Throws `SystemCallError`.
    package static func makeDirectory(_ path: String) throws(SystemCallError) {
        let whole = FilePath(path)
        var prefix: FilePath = whole.isAbsolute ? "/" : "."
        for component in whole.components {
            prefix.append(component)
            guard mkdir(prefix.string, 0o755) == 0 || errno == EEXIST else {
                throw SystemCallError("create \(prefix)")
            }
        }
        guard Folder.exists(path) else { throw SystemCallError("create \(path)", code: ENOTDIR) }
    }
}
