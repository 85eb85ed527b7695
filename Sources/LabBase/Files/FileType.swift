import Glibc

/// What a path leads to.
package enum FileType {
    /// S_IFREG, S_IFDIR, S_IFCHR and so on, links followed; nil if nothing is there, or nothing that we may look at.
    /// Source: stat(2), inode(7).
    package static func of(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
