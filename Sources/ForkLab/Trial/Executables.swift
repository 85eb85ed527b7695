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
