import ArgumentParser
import Glibc
import WorkloadBase
import WorkloadSchema

/// `forklab-workload shell`: forks whose children become other programs.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Fork children that execute a tiny program, one after the other, many times.",
        discussion: """
            The pattern of shells, build tools and servers that start helpers. The first fork goes through the \
            phases of the heap workload, and shows what fork did to the heap. Then one child follows after the \
            other; each writes a little to the heap, as shells do, and executes the program. At the end the \
            parent verifies that none of that reached it. Under the preload library the program has its heap \
            in its own pool, unless --preload-program is false.
            """)

    @Option("spawns", of: .shell, help: "How many times to fork and execute.")
    var spawns: Int

    @Option(
        "program", of: .shell, help: "Path of the program; it gets no arguments and must end with status 0.")
    var program: String

    @Option(
        "preload_program", of: .shell,
        help: "Whether the program gets the same LD_PRELOAD as this process: true or false.")
    var preloadProgram: Bool

    @OptionGroup var options: RoundOptions

    func validate() throws {
        guard access(program, X_OK) == 0 else {
            throw ValidationError("--program is \(program), which cannot be executed; give a program's path")
        }
    }

    func run() throws {
        var workload: RoundsWorkload<BlockTable> = try options.begin(.shell, options.settings)
        let table = try options.fillBlocks(&workload)
        let spawner = Spawner(program, preloaded: preloadProgram, childDeadline: options.heap.patience)
        try workload.runProbed(table, options) { report in
            spawner.run(spawns, table, &report)
        }
    }
}
