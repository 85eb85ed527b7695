import Glibc
import SystemPackage

/// Paths with links resolved.
package enum RealPath {
    /// The absolute path that `path` leads to; nil if it leads nowhere.
    package static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The nearest folder above the target of `path` that contains the relative path `name`; nil if there is none.
    package static func above(_ path: String, holding name: String) -> String? {
        let nearest = FilePath(resolve(path) ?? "/").removingLastComponent()
        return upward(from: nearest).first { access($0.pushing(FilePath(name)).string, R_OK) == 0 }?.string
    }

    /// What precedes the last slash of `path`; "." if there is none.
    ///
    /// By hand, for paths as they were given: FilePath takes `out/` for `out`, and `//usr` for `/usr`.
    package static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// "/", "/a" and "/a/b" for "/a/b". `path` must be absolute.
    package static func foldersAbove(_ path: String) -> [String] {
        upward(from: FilePath(path)).map(\.string).reversed()
    }

    /// `path`, the folder above it, and so on up to the root.
    private static func upward(from path: FilePath) -> some Sequence<FilePath> {
        sequence(first: path) { $0.components.isEmpty ? nil : $0.removingLastComponent() }
    }

    /// The path of the program that a shell would execute by that name; nil if there is none.
    package static func executable(_ name: String) -> String? {
        name.contains("/") ? resolve(name) : program(name)
    }

    /// The path of a program in PATH or the folders of system programs; nil if there is none.
    package static func program(_ name: String) -> String? {
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
            String.init)
        return (folders + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]).map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// The target of the symbolic link at `path`, one step only. Throws `SystemCallError`.
    package static func linkTarget(_ path: String) throws(SystemCallError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(path, &bytes, Int(PATH_MAX))
        guard length >= 0 else { throw SystemCallError("readlink \(path)") }
        return String(decoding: bytes.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
