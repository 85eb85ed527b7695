import ArgumentParser
import WorkloadBase
import WorkloadSchema

/// `forklab-workload heap`: fills a heap, forks, writes on both sides, verifies both.
struct HeapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heap",
        abstract:
            "Fill a share of the heap, fork, rewrite in parent and child, verify that neither sees the other's writes.",
        discussion: """
            Every block carries its number, its owner and a generation in all of its words. After a fork the \
            parent rewrites its share, then the child rewrites one that overlaps it by half and reads the rest; \
            then both free and allocate their shares again at the same time. Timed phases and checks are named \
            as in the report.
            """)

    @Option("forks", of: .heap, help: "Number of forks, one after the other.")
    var forks: Int

    @Option(
        "depth", of: .heap,
        help: "Generations: with 1 a child is forked, with 2 the child forks a grandchild, and so on.")
    var depth: Int

    @Option(
        "write_at_once", of: .heap,
        help: """
            Whether the parent rewrites its share at once after fork, while a child that copies the heap itself does \
            so, and not when the child runs: true or false.
            """)
    var writeAtOnce: Bool

    @OptionGroup var options: RoundOptions

    func run() throws {
        var settings = options.settings
        settings.rounds = forks
        settings.depth = depth
        settings.writesAtOnce = writeAtOnce
        settings.foldsAfterwards = true
        try BlocksWorkload.run(.heap, settings, options)
    }
}
