import Glibc

/// Paths with links resolved.
package enum RealPath {
    /// The absolute path of what `path` leads to; nil if it leads nowhere.
    package static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The nearest folder above what `path` leads to that holds `name`, a path below it; nil if there is none.
    package static func above(_ path: String, holding name: String) -> String? {
        let folders = (resolve(path) ?? "").split(separator: "/").dropLast()
        return (0...folders.count).lazy
            .map { "/" + folders.dropLast($0).joined(separator: "/") }
            .first { access("\($0)/\(name)", R_OK) == 0 }
    }

    /// The folder that the last component of `path` lies in.
    package static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// "/", "/a" and "/a/b" of "/a/b", which is absolute.
    package static func foldersAbove(_ path: String) -> [String] {
        let parts = path.split(separator: "/")
        return (0...parts.count).map { "/" + parts.prefix($0).joined(separator: "/") }
    }

    /// Path of what a shell would execute by that name; nil if there is none.
    package static func executable(_ name: String) -> String? {
        name.contains("/") ? resolve(name) : program(name)
    }

    /// Path of a program in PATH or the folders of system programs; nil if there is none.
    package static func program(_ name: String) -> String? {
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
            String.init)
        return (folders + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]).map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Where a symbolic link leads by itself. Throws `SystemCallError`.
    package static func linkTarget(_ path: String) throws(SystemCallError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(path, &bytes, Int(PATH_MAX))
        guard length >= 0 else { throw SystemCallError("readlink \(path)") }
        return String(decoding: bytes.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
