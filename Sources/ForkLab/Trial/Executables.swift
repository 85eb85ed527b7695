import Glibc
import Measurement

/// The files of this installation: what runs, and what is measured.
public struct Executables: Sendable {
    /// Path of forklab-workload.
    public let workload: String
    /// Path of libvmmalloc.
    public let library: String

    /// Path of forklab itself, which supervises the trials of programs.
    public var supervisor: String { RealPath.folder(of: workload) + "/forklab" }

    /// Looks beside the running executable; `library` overrides where libvmmalloc is.
    ///
    /// Throws `InputError` that names what is missing.
    public static func locate(library: String?) throws(InputError) -> Executables {
        let folder = try requireOwnFolder()
        let workload = folder + "/forklab-workload"
        guard access(workload, X_OK) == 0 else {
            throw InputError(workload, "no such program; build it with \"swift build -c release\"")
        }
        return Executables(workload: workload, library: try locateLibrary(library))
    }

    /// Path of libvmmalloc: `override`, or the one beside the running executable, or an installed one.
    ///
    /// Throws `InputError` that names where it was looked for.
    public static func locateLibrary(_ override: String?) throws(InputError) -> String {
        if let override {
            guard let path = RealPath.resolve(override), access(path, R_OK) == 0 else {
                throw InputError("--library", "cannot read \"\(override)\"; give the path of libvmmalloc.so")
            }
            return path
        }
        let folder = try requireOwnFolder()
        let candidates = ["", "/../lib"].flatMap { place in
            ["libvmmalloc.so", "libvmmalloc.so.1"].map { "\(folder)\(place)/\($0)" }
        }
        for candidate in candidates {
            if let path = RealPath.resolve(candidate), access(path, R_OK) == 0 { return path }
        }
        throw InputError(
            "--library",
            "no libvmmalloc.so in \(folder); build it with \"swift build -c release\", or give its path")
    }

    /// The folder of the running executable; nil without /proc.
    static var ownFolder: String? { RealPath.resolve("/proc/self/exe").map(RealPath.folder) }

    private static func requireOwnFolder() throws(InputError) -> String {
        guard let folder = ownFolder else {
            throw InputError("/proc/self/exe", "cannot be resolved; mount /proc")
        }
        return folder
    }
}

/// Paths with links resolved.
public enum RealPath {
    /// The absolute path of what `path` leads to; nil if it leads nowhere.
    public static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The nearest folder above what `path` leads to that holds `name`, a path below it; nil if there is none.
    public static func above(_ path: String, holding name: String) -> String? {
        let folders = (resolve(path) ?? "").split(separator: "/").dropLast()
        return (0...folders.count).lazy
            .map { "/" + folders.dropLast($0).joined(separator: "/") }
            .first { access("\($0)/\(name)", R_OK) == 0 }
    }

    /// The folder that the last component of `path` lies in.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// "/", "/a" and "/a/b" of "/a/b", which is absolute.
    static func foldersAbove(_ path: String) -> [String] {
        let parts = path.split(separator: "/")
        return (0...parts.count).map { "/" + parts.prefix($0).joined(separator: "/") }
    }

    /// Path of a program in PATH or the folders of system programs; nil if there is none.
    static func program(_ name: String) -> String? {
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(
            String.init)
        return (folders + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]).map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }
}
