import Testing

/// A C program of the ABI test kit in `Programs/abi`. Its head and the README there say what it proves.
struct ABIProgram: Sendable, CustomTestStringConvertible {
    let name: String
    /// The way to build it, if there are several.
    var variant = ""
    /// Additional arguments for the compiler: libraries to link with.
    var linked: @Sendable () throws -> [String] = { [] }
    /// Its arguments: libraries that it loads.
    var arguments: @Sendable () throws -> [String] = { [] }
    /// The fork modes to run it in.
    var modes = [1]
    var environment: [String: String] = [:]
    /// What it prints.
    var output = ""

    var testDescription: String { variant.isEmpty ? name : "\(name), \(variant)" }

    /// Compiles it; returns its command line.
    func command() throws -> [String] {
        let label = variant.isEmpty ? name : "\(name)-\(variant.replacing(" ", with: "-"))"
        return [try Scratch.compiled("abi/\(name).c", linked(), as: label)] + (try arguments())
    }

    private static let allForkModes = [1, 2, 3]

    static let all =
        [
            "functions", "zero_sizes", "impossible_sizes", "alignments", "resizing", "error_numbers",
            "thread_exit", "full_pool_threads",
        ].map { ABIProgram(name: $0) } + loading + startAndEnd

    private static let loading = [
        ABIProgram(name: "deep_bind", arguments: { [try Scratch.library("abi/plugin.c")] }),
        ABIProgram(
            name: "caller_relative",
            arguments: {
                let neighbour = try Scratch.library("abi/plugin.c", as: "neighbours/neighbour.so")
                let plugin = try Scratch.library(
                    "abi/plugin.c", ["-Wl,-rpath,$ORIGIN/neighbours"], as: "plugin-with-runpath.so")
                return [plugin, String(neighbour.split(separator: "/").last!)]
            }),
        ABIProgram(
            name: "namespaces", arguments: { [try Scratch.library("abi/plugin.c")] }, modes: allForkModes),
        ABIProgram(name: "reloading", arguments: { [try Scratch.library("abi/cxx_plugin.cc")] }),
        ABIProgram(
            name: "full_pool_calls", arguments: { [try Scratch.library("abi/plugin.c")] }, modes: allForkModes
        ),
    ]

    private static let startAndEnd = [
        ABIProgram(
            name: "exit_handlers", linked: { [try Scratch.library("abi/exit_library.c")] },
            modes: allForkModes,
            output: "on_exit\natexit\ndestructor\nlibrary destructor\n"),
        earlyStart("malloc before our constructor", ["-Wl,-z,initfirst", "-DALLOCATES"]),
        earlyStart("fork before our constructor", ["-Wl,-z,initfirst", "-DFORKS"]),
        earlyStart("both before our constructor", ["-Wl,-z,initfirst", "-DALLOCATES", "-DFORKS"]),
        earlyStart("both after our constructor", ["-DALLOCATES", "-DFORKS"]),
    ]

    private static func earlyStart(_ variant: String, _ options: [String]) -> ABIProgram {
        ABIProgram(
            name: "early_start", variant: variant,
            linked: {
                [
                    try Scratch.library(
                        "abi/early_library.c", options, as: "\(variant.replacing(" ", with: "-")).so")
                ]
            },
            modes: allForkModes,
            // Otherwise a remapped pool on tmpfs grows by anonymous memory, which cannot be distinguished from an ordinary heap.
            environment: ["VMMALLOC_POOL_RESERVE": "eager"])
    }
}
