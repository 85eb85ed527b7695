import ArgumentParser
import LabBase
import LabProcess

/// The option of all commands that run something under the library.
struct LibraryOption: ParsableArguments {
    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("libvmmalloc to use (default: the one beside forklab).", valueName: "library"))
    var path: String?

    /// The files that trials need. Throws `InputError` that names what is missing.
    func executables() throws(InputError) -> Executables { try Executables.locate(library: path) }

    /// The library alone. Throws `InputError` if it is not there.
    func located() throws(InputError) -> String { try Executables.locateLibrary(path) }
}
