import Foundation

/// A directory of this test process, made at first use and removed when the process ends.
enum Scratch {
    /// On disk, beside the build products.
    static let disk: String = make(in: BuildProducts.directory.path)

    /// On tmpfs.
    static let tmpfs: String = make(in: "/dev/shm")

    /// Compiles `source` once, as C or C++; later calls with the same arguments get the same path. `name` is for programs that
    /// must have a certain name, or be in their own folder.
    static func compiled(
        _ source: String, _ options: [String] = [], as name: String? = nil
    ) throws -> String {
        let output =
            "\(disk)/"
            + (name ?? ([source] + options).joined(separator: "_").replacing(/[^A-Za-z0-9]+/, with: "-"))
        compilation.lock()
        defer { compilation.unlock() }
        if FileManager.default.fileExists(atPath: output) { return output }
        try FileManager.default.createDirectory(
            atPath: (output as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        // gcc mistakes a child that forks a child for endless recursion. A C++ library that defines unique symbols is never
        // unloaded.
        let language =
            source.hasSuffix(".cc")
            ? ["c++", "-std=gnu++17", "-fno-gnu-unique"] : ["cc", "-std=gnu17", "-Wno-infinite-recursion"]
        let common = [
            "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-I", BuildProducts.programs, "-I",
            BuildProducts.headers, "-o", output,
        ]
        let command = language + common + ["\(BuildProducts.programs)/\(source)"] + options + ["-ldl"]
        let result = try Command(command).run()
        guard result.status == 0 else { throw CompilationFailure(message: result.errors) }
        return output
    }

    /// Compiles `source` as a library.
    static func library(_ source: String, _ options: [String] = [], as name: String? = nil) throws -> String {
        try compiled(source, ["-shared", "-fPIC"] + options, as: name)
    }

    /// A library that does nothing, which every fork test must detect.
    static func emptyLibrary() throws -> String { try library("empty_library.c") }

    /// A new, empty folder on disk. Each call gets its own, since tests run side by side.
    static func folder(_ name: String) throws -> String {
        let path = "\(disk)/\(name)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static let compilation = NSLock()

    private static func make(in parent: String) -> String {
        let path = "\(parent)/vmmalloc-tests-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = cleanup
        return path
    }

    private static let cleanup: Void = {
        atexit {
            for parent in [BuildProducts.directory.path, "/dev/shm"] {
                try? FileManager.default.removeItem(atPath: "\(parent)/vmmalloc-tests-\(getpid())")
            }
        }
    }()
}

struct CompilationFailure: Error { let message: String }
