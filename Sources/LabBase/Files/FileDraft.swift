import Glibc

/// How a file appears whole or not at all: it is written under another name in the same folder, then renamed.
package enum FileDraft {
    /// Puts what `fill` writes to the descriptor of a new file in the place of whatever `path` names itself: a link is
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
            // Some file systems say only now that they have no room. Source: close(2).
            guard close(descriptor) == 0 else { throw SystemCallError("write \(path)") }
            guard rename(draft, path) == 0 else { throw SystemCallError("create \(path)") }
        }
    }

    /// The same with a symbolic link to `target`.
    package static func replace(_ path: String, byLinkTo target: String) throws(SystemCallError) {
        let draft = name(for: path)
        guard symlink(target, draft) == 0 else { throw SystemCallError("create \(draft)") }
        try undoing(draft) { () throws(SystemCallError) in
            guard rename(draft, path) == 0 else { throw SystemCallError("create \(path)") }
        }
    }

    /// Without the name in it, which may be as long as names can be.
    private static func name(for path: String) -> String {
        let random = String(UInt64.random(in: 0 ... .max), radix: 36)
        return "\(RealPath.folder(of: path))/.forklab-\(getpid())-\(random)"
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
