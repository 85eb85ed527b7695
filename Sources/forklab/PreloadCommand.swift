import ArgumentParser
import CommandLineTool
import LabRun

/// `forklab preload`: executes a program with its heap in a pool.
struct PreloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preload",
        abstract: "Run a command with its heap in a pool.",
        discussion: """
            The options are checked, then the command replaces forklab. Other variables of the library, \
            such as VMMALLOC_FORK_SPACE, are passed on unchanged; docs/fork-modes.md says what each mode means.

            EXAMPLE
              forklab preload --pool-dir /dev/shm --pool-size 256M -- bash -c 'ls | wc'
              forklab preload --pool-dir /dev/shm --pool-size 1G \\
                  --fork-log /tmp/forks -- redis-server
              forklab log /tmp/forks
            """)

    @Option(help: "Directory of the pool file; its file system decides what the modes cost.")
    var poolDir: String

    @Option(help: "Size of the pool, 14M to 8T (suffixes K, M, G, T).")
    var poolSize: String

    @Option(
        help:
            "Fork mode: 0 nothing, 1 private remap, 2 pool copy, 3 pool copy, or remap where a copy is refused (default: 1).",
        transform: NumberArgument.wholeNumber)
    var fork: Int = 1

    @Option(help: "File that gets a line for each fork of the command and its children.")
    var forkLog: String?

    @OptionGroup var library: LibraryOption

    @Argument(parsing: .postTerminator, help: "The command, after --.")
    var command: [String] = []

    func run() throws {
        let launch = try PreloadedCommand(
            command, directory: poolDir, size: poolSize, mode: fork,
            library: try library.located(), forkLog: forkLog)
        try launch.become()
    }
}
