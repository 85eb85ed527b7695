import ArgumentParser
import CommandLineTool
import Glibc
import LabBase
import LabCompatibility
import LabProcess
import LabRun
import LabScenario
import Measurement

/// `forklab compatibility`: real programs under the library.
struct CompatibilityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compatibility",
        abstract: "Run real programs under the library, each beside a run without it.",
        discussion: """
            Each program is a file in Compatibility/, or a file of your own. Packages that are missing are named. \
            Whatever the programs start or write is gone afterwards. A check that also fails without the library, unless its \
            file says why, fails the run as well: such a check tests nothing.

            EXAMPLES
              forklab compatibility --quick
                  the cases that take seconds, on tmpfs and in the working directory
              forklab compatibility redis postgresql --mode 2 --file-system xfs
                  two programs, one mode, on a file system made for the run
              forklab compatibility ./mine.yaml
                  a program of your own; start from a copy of one in Compatibility/
              forklab compatibility --markdown all.md
                  everything, as a document
              forklab compatibility redis --json > redis.json
              forklab compatibility --merge redis.json rest.json --markdown all.md
                  the same, put together from separate runs
            """)

    @Argument(help: "Programs, or paths of files that describe one (default: all; --list shows them).")
    var programs: [String] = []

    @Option(
        help: "Fork mode: 1, 2 or 3; may be repeated (default: all three).",
        transform: NumberArgument.wholeNumber)
    var mode: [Int] = []

    @Option(
        help:
            "tmpfs, working_directory, xfs, btrfs, ext4, or the path of a directory; may be repeated (default: the first two)."
    )
    var fileSystem: [String] = []

    @Flag(help: "Only the cases that take seconds.")
    var quick = false

    @Flag(help: "Show the programs and run nothing.")
    var list = false

    @OptionGroup var library: LibraryOption

    @Option(
        help: "Write the result to this file, as Markdown; \"-\" means standard output, instead of the table."
    )
    var markdown: String?

    @Option(
        parsing: .upToNextOption,
        help: "Run nothing: merge the output of earlier runs with --json, given as files.")
    var merge: [String] = []

    @Flag(help: "Print the result, or the list, as one JSON object instead of text.")
    var json = false

    func run() throws {
        if !merge.isEmpty {
            try checkThatNothingIsToBeRun()
            return try finish(try CompatibilityReport.merged(from: merge))
        }
        let folder = try PackageFolder.locate("Compatibility", holding: "prelude.sh")
        let known = try CompatibilityProgram.loadAll(folder: folder)
        if list {
            let listing = CompatibilityListing(known)
            return print(json ? try JSONLine.encode(listing) : listing.text)
        }
        let selection = CompatibilityRun.Selection(
            programs: try known.selected(by: programs),
            modes: try (mode.isEmpty ? [1, 2, 3] : mode).map(Self.forkMode), onlyQuick: quick)
        let names = try (fileSystem.isEmpty ? ["tmpfs", "working_directory"] : fileSystem).map(
            FileSystemName.named)
        let executables = try library.executables()
        // Before the first thread.
        let interruption = try Interruption()
        let fixtures = LoopFixtures(imageDirectory: RealPath.resolve(".") ?? ".")
        let places = FileSystemSelection(names, fixtures: fixtures)
        for skipped in places.skipped { StandardError.line(skipped.description) }
        guard !places.usable.isEmpty else {
            throw InputError("--file-system", "none of the file systems asked for can be used here")
        }
        let run = CompatibilityRun(
            selection, fileSystems: places.usable, library: executables.library,
            supervisor: executables.supervisor, folder: RealPath.resolve(folder) ?? folder)
        try finish(try run.perform(interruption: interruption))
    }

    /// Shows `report`, and throws the status to exit with.
    private func finish(_ report: CompatibilityReport) throws {
        let document = CompatibilityDocument(report)
        if json || markdown != "-" { print(json ? try JSONLine.encode(report) : document.text) }
        if let markdown { try OutputOption.named("--markdown") { try document.write(to: markdown) } }
        if report.interrupted { throw ExitStatus.interrupted }
        if !report.passed { throw ExitStatus.failed }
    }

    private func checkThatNothingIsToBeRun() throws(InputError) {
        let others = [
            ("PROGRAM", !programs.isEmpty), ("--mode", !mode.isEmpty), ("--file-system", !fileSystem.isEmpty),
            ("--quick", quick), ("--list", list), ("--library", library.path != nil),
        ]
        guard let other = others.first(where: \.1)?.0 else { return }
        throw InputError("--merge", "runs nothing, so \(other) cannot be given with it")
    }

    private static func forkMode(_ number: Int) throws(InputError) -> ForkMode {
        guard let mode = ForkMode(rawValue: number), mode != .disabled else {
            throw InputError("--mode", "\(number) is not a mode that keeps heaps apart; give 1, 2 or 3")
        }
        return mode
    }
}
