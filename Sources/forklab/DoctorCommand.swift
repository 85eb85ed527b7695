import ArgumentParser
import LabBase
import LabDoctor

/// `forklab doctor`: what here helps or hurts.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what here helps or hurts the library and its measurement, and what to do about it.",
        discussion: """
            Each line is ok, helps, hurts, missing or unknown. Nothing is changed; files made to try \
            out a directory have no name and vanish.

            EXIT STATUS
              0  always, unless --strict
              1  with --strict: something hurts or is missing
              2  a directory does not exist
            """)

    @Argument(help: "Directories for pools (default: the tmpfs and the working directory).")
    var directories: [String] = []

    @OptionGroup var library: LibraryOption

    @Flag(help: "Exit with status 1 if something hurts or is missing.")
    var strict = false

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() throws {
        // There is much to say even without a library; but one that was asked for must be there.
        let path = library.path == nil ? try? library.located() : try library.located()
        let diagnosis = try Diagnosis(directories: directories, library: path)
        print(json ? try JSONLine.encode(diagnosis) : diagnosis.text)
        if strict && !diagnosis.isClean { throw ExitStatus.failed }
    }
}
