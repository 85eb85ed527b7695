import Glibc
import LabBase
import SystemPackage

/// The files of this installation: the programs that run, and the library that is measured.
package struct Executables: Sendable {
    /// Path of forklab-workload.
    package let workload: String
    /// Path of libvmmalloc.
    package let library: String

    /// Path of forklab itself, which supervises the trials of programs.
    package var supervisor: String { FilePath(workload).removingLastComponent().appending("forklab").string }

    /// Looks beside the running executable; `library` overrides where libvmmalloc is.
    ///
    /// Throws `InputError` that names what is missing.
    package static func locate(library: String?) throws(InputError) -> Executables {
        let folder = try requireOwnFolder()
        let workload = FilePath(folder).appending("forklab-workload").string
        guard access(workload, X_OK) == 0 else {
            throw InputError(workload, "no such program; build it with \"swift build -c release\"")
        }
        return Executables(workload: workload, library: try locateLibrary(library))
    }

    /// Path of libvmmalloc: `override`, or the one beside the running executable, or an installed one.
    ///
    /// Throws an `InputError` that names where it was looked for.
    package static func locateLibrary(_ override: String?) throws(InputError) -> String {
        if let override {
            guard let path = RealPath.resolve(override), access(path, R_OK) == 0 else {
                throw InputError("--library", "cannot read \"\(override)\"; give the path of libvmmalloc.so")
            }
            return try preloadable(path)
        }
        let folder = try requireOwnFolder()
        let candidates = ["", "/../lib"].flatMap { place in
            ["libvmmalloc.so", "libvmmalloc.so.1"].map { "\(folder)\(place)/\($0)" }
        }
        for candidate in candidates {
            if let path = RealPath.resolve(candidate), access(path, R_OK) == 0 {
                return try preloadable(path)
            }
        }
        throw InputError(
            "--library",
            "no libvmmalloc.so in \(folder); build it with \"swift build -c release\", or give its path")
    }

    /// `path`, if LD_PRELOAD can name it and the file there can be loaded. The dynamic linker skips a library that it cannot load
    /// and starts the program all the same, with another heap.
    ///
    /// Throws an `InputError` that says what is wrong with it.
    private static func preloadable(_ path: String) throws(InputError) -> String {
        guard ELFFile.exists(path) else {
            throw InputError(
                "--library", "\"\(path)\" is not a shared library; give the path of libvmmalloc.so")
        }
        guard !path.contains(where: { $0 == " " || $0 == ":" }) else {
            throw InputError(
                "--library",
                "\"\(path)\" contains a blank or a colon, which end a name in LD_PRELOAD; give a path without, "
                    + "or move the folder that forklab was built in")
        }
        return path
    }

    /// The folder of the running executable; nil without /proc.
    package static var ownFolder: String? {
        RealPath.resolve("/proc/self/exe").map { FilePath($0).removingLastComponent().string }
    }

    private static func requireOwnFolder() throws(InputError) -> String {
        guard let folder = ownFolder else {
            throw InputError("/proc/self/exe", "cannot be resolved; mount /proc")
        }
        return folder
    }
}
