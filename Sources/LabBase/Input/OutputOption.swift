import Glibc

/// Files and directories that the user wants written.
package enum OutputOption {
    /// Runs `body`, which writes what `option` names. If one of its system calls fails, throws an `InputError` that names the
    /// option and ends with `advice`, which says what would be right.
    package static func named<Result>(
        _ option: String, advice: String = "give a file in a directory that is writable",
        _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as SystemCallError {
            let room = [ENOSPC, EDQUOT].contains(error.code) ? "make room, or " : ""
            throw InputError(option, "cannot \(error); \(room)\(advice)")
        }
    }
}
