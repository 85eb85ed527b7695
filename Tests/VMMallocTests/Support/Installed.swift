import Foundation

/// An installation made by `forklab install`, and programs compiled against it.
struct Installed {
    let prefix: String

    /// Installs into a new folder.
    init(_ name: String) throws {
        prefix = try Scratch.folder(name) + "/prefix"
        let outcome = try Self.forklab(["install", "--prefix", prefix])
        guard outcome.status == 0 else { throw CompilationFailure(message: outcome.errors) }
    }

    /// Runs forklab itself.
    static func forklab(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Outcome {
        var command = Command([BuildProducts.directory.appendingPathComponent("forklab").path] + arguments)
        command.environment = environment
        return try command.run()
    }

    /// Compiles one of our C programs as a user would, with the output of pkg-config.
    func compile(_ source: String, compiler: String = "cc", options: String = "") throws -> String {
        // Tests run side by side, and each compiles its own.
        let output = "\(prefix)/program-\(UUID().uuidString)"
        let script = """
            \(compiler) -Wall -Wextra -Werror \(options) -o '\(output)' '\(BuildProducts.programs)/\(source)' \
            $(pkg-config --cflags --libs libvmmalloc)
            """
        var command = Command(["sh", "-ec", script])
        command.environment = ["PKG_CONFIG_PATH": "\(prefix)/lib/pkgconfig"]
        let result = try command.run()
        guard result.status == 0 else { throw CompilationFailure(message: result.errors) }
        return output
    }

    /// Runs a program that is linked with the library, without LD_PRELOAD; `folder` is where the loader finds it.
    func run(
        _ arguments: [String], folder: String = "lib", environment: [String: String]
    ) throws -> Outcome {
        var command = Command(arguments)
        command.environment = environment.merging(["LD_LIBRARY_PATH": "\(prefix)/\(folder)"]) { own, _ in own
        }
        return try command.run()
    }

    /// Everything below a folder, sorted; names of folders end with a slash.
    static func tree(_ folder: String) throws -> [String] {
        let outcome = try Command([
            "find", folder, "-mindepth", "1", "(", "-type", "d", "-printf", "%P/\n", ")", "-o", "-printf",
            "%P\n",
        ]).run()
        return outcome.output.split(separator: "\n").map(String.init).sorted()
    }
}
