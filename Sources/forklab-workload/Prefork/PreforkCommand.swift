import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// `forklab-workload prefork`: one parent, many children that stay.
struct PreforkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefork",
        abstract: "Fork many children that live at the same time, each of which rewrites its own share.",
        discussion: """
            The pattern of a prefork server: the parent fills its heap, then forks its workers. Each reads \
            all of it and rewrites its share, and all live until the last has finished. The report has the workers' total \
            cost in memory, and the time until all are up.
            """)

    @Option("children", of: .prefork, help: "Children.")
    var children: Int

    @OptionGroup var options: RoundOptions

    func run() throws {
        var settings = options.settings
        settings.width = children
        try BlocksWorkload.run(.prefork, settings, options)
    }
}
