import Glibc
import LabBase

/// A program of the system that does a step.
package enum Tool {
    /// Its path. Throws `InputError` where it is missing.
    static func path(_ name: String) throws(InputError) -> String {
        guard let path = RealPath.program(name) else { throw InputError(name, "is not installed") }
        return path
    }

    /// Runs it to its end and returns what it wrote to standard output. Throws `InputError` with its last words if it fails.
    @discardableResult
    package static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = ChildProcess(
            executable: try path(name), arguments: arguments, environment: ProgramEnvironment.plain,
            timeout: 600_000_000_000)
        let result = try process.run(interruption: nil)
        guard result.end == .exited(0) else {
            let reason = result.errors.split(separator: "\n").last.map(String.init) ?? "\(result.end)"
            throw InputError(name, reason)
        }
        return result.output
    }
}
