import Glibc
import LabBase
import LabProcess
import Measurement
import SystemPackage
import WorkloadSchema

/// A command with its heap in a pool: checks its settings, then replaces this process.
package struct PreloadedCommand {
    private let command: [String]
    private let settings: [String: String]

    /// Checks everything. Throws an `InputError` that names the option, what is wrong and what would be right.
    package init(
        _ command: [String], directory: String, size: String, mode: Int, library: String,
        forkLog: String? = nil
    ) throws(InputError) {
        guard !command.isEmpty else { throw InputError("COMMAND", "is missing; give it after --") }
        if let objection = WorkloadParameter.poolSize.objection(to: size) {
            throw InputError("--pool-size", objection)
        }
        guard let bytes = ByteCount.parse(size) else { throw InputError("--pool-size", "\"\(size)\"") }
        guard let mode = ForkMode(rawValue: mode) else {
            throw InputError("--fork", "\(mode) is not a fork mode; give 0, 1, 2 or 3")
        }
        guard Folder.exists(directory) else {
            throw InputError("--pool-dir", "\"\(directory)\" is not a directory; give one that exists")
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw InputError("--pool-dir", "\"\(directory)\" is not writable; give a directory that is")
        }
        self.command = command
        var settings = TrialEnvironment.preload(
            library: library, directory: directory, size: "\(bytes)", mode: mode)
        if let forkLog { settings["VMMALLOC_FORK_LOG"] = try Self.absolute(forkLog) }
        self.settings = settings
    }

    /// The absolute path of the log, since the command and its children may change their working directories. Throws `InputError`.
    private static func absolute(_ log: String) throws(InputError) -> String {
        let advice = "give a file in a directory that is writable"
        do throws(SystemCallError) {
            switch try OutputTarget(log) {
            case .nothing(let path):
                guard access(FilePath(path).removingLastComponent().string, W_OK) == 0 else {
                    throw SystemCallError("write \(log)")
                }
                return path
            case .file(let path, _), .stream(let path): return path
            case .descriptor(let number):
                // The library opens it again, in the command.
                return RealPath.resolve(log) ?? "/proc/self/fd/\(number)"
            }
        } catch {
            throw InputError("--fork-log", "cannot \(error); \(advice)")
        }
    }

    /// Replaces this process with the command, in the user's environment plus the settings.
    ///
    /// Returns only by throwing `InputError`, if the command cannot be run.
    package func become() throws(InputError) -> Never {
        for (name, value) in settings {
            // A preload that the user already has is kept, after the library: the first malloc wins.
            let rest = name == "LD_PRELOAD" ? getenv(name).map { ":" + String(cString: $0) } ?? "" : ""
            setenv(name, value + rest, 1)
        }
        _ = CStrings.with(command) { execvp(command[0], $0) }
        throw InputError("COMMAND", "cannot run \(SystemCallError(command[0]))")
    }
}
