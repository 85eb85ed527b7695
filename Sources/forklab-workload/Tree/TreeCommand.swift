import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// `forklab-workload tree`: processes that fork processes that fork.
struct TreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract:
            "Fork a tree of processes; each verifies what it inherited, rewrites a share, and forks on.",
        discussion: """
            A process forks its children one after the other, and each takes its turn: it rewrites its own share, \
            reads and verifies everything, and has its own children do the same before its parent goes \
            on. So siblings and ancestors live on while a branch grows, and a heap is the result of a whole line of \
            ancestors.
            """)

    @Option("depth", of: .tree, help: "Generations below the first process.")
    var depth: Int

    @Option("width", of: .tree, help: "Children of each process.")
    var width: Int

    @OptionGroup var options: RoundOptions

    func validate() throws {
        let processes = ForkFamily.forks(width: width, depth: depth)
        guard processes <= 4096 else {
            throw ValidationError(
                "--depth \(depth) with --width \(width) makes \(processes) processes; keep it to 4096")
        }
    }

    func run() throws {
        var settings = options.settings
        settings.depth = depth
        settings.width = width
        try BlocksWorkload.run(.tree, settings, options)
    }
}
