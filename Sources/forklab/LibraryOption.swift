import ArgumentParser
import ForkLab

/// The option of all commands that run something under the library.
struct LibraryOption: ParsableArguments {
    @Option(help: "libvmmalloc to use (default: the one beside forklab).")
    var library: String?

    /// The files that trials need. Throws `InputError` that names what is missing.
    func executables() throws(InputError) -> Executables { try Executables.locate(library: library) }
}
