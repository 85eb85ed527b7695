import ArgumentParser
import LabBase
import LabProcess

/// The option common to all commands that run something under the library.
struct LibraryOption: ParsableArguments {
    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("libvmmalloc to use (default: the one beside forklab).", valueName: "library"))
    var path: String?

    /// The files that trials need. Throws an `InputError` that names what is missing.
    func executables() throws(InputError) -> Executables { try Executables.locate(library: path) }

    /// The path of the library. Throws `InputError` if it is not there.
    func located() throws(InputError) -> String { try Executables.locateLibrary(path) }
}
