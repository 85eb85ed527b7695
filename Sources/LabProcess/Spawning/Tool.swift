import Glibc
import LabBase

/// Runs programs of the system.
package enum Tool {
    /// The path of the program `name`. Throws `InputError` if it is missing.
    static func path(_ name: String) throws(InputError) -> String {
        guard let path = RealPath.program(name) else { throw InputError(name, "is not installed") }
        return path
    }

    /// Runs the program to its end and returns its standard output. Throws `InputError` with its last lines of errors if it fails.
    @discardableResult
    package static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = ChildProcess(
            executable: try path(name), arguments: arguments, environment: ProgramEnvironment.plain,
            timeout: .seconds(600))
        let result = try process.run(interruption: nil)
        guard result.end == .exited(0) else {
            let reason = result.errors.split(separator: "\n").last.map(String.init) ?? "\(result.end)"
            throw InputError(name, reason)
        }
        return result.output
    }
}
