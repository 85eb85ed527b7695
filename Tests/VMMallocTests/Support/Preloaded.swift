/// A program under the library: its pool's place and size, its fork mode, and other environment variables.
struct Preloaded {
    var site = PoolSite.tmpfs
    var poolSize = "64M"
    var forkMode = 1
    var library = BuildProducts.library
    var environment: [String: String] = [:]
    var deadline: UInt64 = 120

    /// Under the debug build, with VMMALLOC_LOG_... set as `log` says.
    static func debug(mode: Int = 1, poolSize: String = "64M", log: [String: String] = [:]) -> Preloaded {
        let variables = log.map { ("VMMALLOC_LOG_\($0.key)", $0.value) }
        return Preloaded(
            poolSize: poolSize, forkMode: mode, library: BuildProducts.debugLibrary,
            environment: Dictionary(uniqueKeysWithValues: variables))
    }

    /// Runs a program of the system.
    func run(_ arguments: [String]) throws -> Outcome {
        // The library is only loaded into the last process, not into the tools that mount.
        var variables = ["LD_PRELOAD=\(library)"]
        variables += ["VMMALLOC_POOL_SIZE=\(poolSize)", "VMMALLOC_FORK=\(forkMode)"]
        variables += environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var command = Command(site.commandLine(["env"] + variables + arguments))
        command.deadline = deadline
        return try command.run()
    }

    /// Compiles and runs one of our C programs.
    func run(program: String, _ arguments: String...) throws -> Outcome {
        try run([Scratch.compiled(program)] + arguments)
    }
}
