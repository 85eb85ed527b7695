import ArgumentParser
import LabBase
import LabReport

/// `forklab log`: sums up what the forks of a program did, from its fork log.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Summarise a file written by VMMALLOC_FORK_LOG or preload --fork-log.",
        discussion: """
            One line for each mode, action and error: the number of forks, the median of each phase in the parent, and \
            the bytes of the median fork.
            """)

    @Argument(help: "The file.")
    var file: String

    @Flag(help: "Print one JSON object instead of the table.")
    var json = false

    func run() throws {
        let table = try ForkLogTable(reading: file)
        print(json ? try JSONLine.encode(table) : table.text)
    }
}
