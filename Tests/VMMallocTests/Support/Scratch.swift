import Foundation

/// A directory of this test process, made at first use and removed when the process ends.
enum Scratch {
    /// On disk, beside the build products.
    static let disk: String = make(in: BuildProducts.directory.path)

    /// On tmpfs.
    static let tmpfs: String = make(in: "/dev/shm")

    /// Compiles `source` once; later calls with the same arguments get the same path.
    static func compiled(_ source: String, _ options: [String] = []) throws -> String {
        let name = ([source] + options).joined(separator: "_").replacing(/[^A-Za-z0-9]+/, with: "-")
        let output = "\(disk)/\(name)"
        compilation.lock()
        defer { compilation.unlock() }
        if FileManager.default.fileExists(atPath: output) { return output }
        // gcc takes a child that forks a child for endless recursion.
        let command = [
            "cc", "-std=gnu17", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-infinite-recursion",
            "-pthread", "-I",
            BuildProducts.headers, "-o", output,
        ]
        let result = try Command(command + ["\(BuildProducts.programs)/\(source)"] + options + ["-ldl"])
            .run()
        guard result.status == 0 else { throw CompilationFailure(message: result.errors) }
        return output
    }

    /// A library that does nothing: what every fork test must notice.
    static func emptyLibrary() throws -> String { try compiled("empty_library.c", ["-shared", "-fPIC"]) }

    /// A new, empty folder on disk.
    static func folder(_ name: String) throws -> String {
        let path = "\(disk)/\(name)"
        try? FileManager.default.removeItem(atPath: path)
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
