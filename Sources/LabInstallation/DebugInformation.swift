import LabBase
import LabProcess

/// A library and its debug information in two files, as debuggers look for them: most users need the library alone, which is a third of
/// the whole.
struct DebugInformation {
    /// The library without it, and with a link to it.
    let stripped: String
    /// The debug information.
    let information: String

    /// Splits `library` into two files in `folder`, of which the information is called `name`. Nil if objcopy is not installed. Throws
    /// `InputError` if objcopy fails.
    init?(of library: String, named name: String, in folder: String) throws {
        guard RealPath.program("objcopy") != nil else { return nil }
        stripped = "\(folder)/stripped"
        information = "\(folder)/\(name)"
        try Tool.run("objcopy", ["--only-keep-debug", library, information])
        try Tool.run(
            "objcopy",
            ["--strip-unneeded", "--preserve-dates", "--add-gnu-debuglink=\(information)", library, stripped])
    }
}
