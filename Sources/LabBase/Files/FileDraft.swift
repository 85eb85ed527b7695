import Glibc
import SystemPackage

/// Makes a file appear whole or not at all: it is written under another name in the same folder, then renamed.
package enum FileDraft {
    /// Replaces whatever `path` itself names with a new file, which `fill` writes through its descriptor: a link is
    /// replaced, not followed.
    ///
    /// Throws what `fill` throws, or `SystemCallError`; nothing has changed then, and no draft is left.
    package static func replace(
        _ path: String, fill: (Int32) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        let draft = name(for: path)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemCallError("create \(draft)") }
        try undoing(draft) { () throws(SystemCallError) in
            do throws(SystemCallError) {
                try fill(descriptor)
            } catch {
                close(descriptor)
                throw error
            }
            // Some file systems report only now that they have no room. Source: close(2).
            guard close(descriptor) == 0 else { throw SystemCallError("write \(path)") }
            guard rename(draft, path) == 0 else { throw SystemCallError("create \(path)") }
        }
    }

    /// Replaces `path` with a symbolic link to `target` in the same way. Throws `SystemCallError`.
    package static func replace(_ path: String, byLinkTo target: String) throws(SystemCallError) {
        let draft = name(for: path)
        guard symlink(target, draft) == 0 else { throw SystemCallError("create \(draft)") }
        try undoing(draft) { () throws(SystemCallError) in
            guard rename(draft, path) == 0 else { throw SystemCallError("create \(path)") }
        }
    }

    /// A name for the draft of `path`. It does not contain the name of the file, which may already have the maximum length.
    private static func name(for path: String) -> String {
        let random = String(UInt64.random(in: 0 ... .max), radix: 36)
        return FilePath(path).removingLastComponent().appending(".forklab-\(getpid())-\(random)").string
    }

    private static func undoing(
        _ draft: String, _ body: () throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        do throws(SystemCallError) {
            try body()
        } catch {
            unlink(draft)
            throw error
        }
    }
}
