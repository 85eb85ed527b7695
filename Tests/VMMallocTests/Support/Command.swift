@testable import LabProcess

/// The outcome of a command.
struct Outcome: CustomStringConvertible {
    /// The exit status, or minus the number of the signal that ended it.
    let status: Int32
    let output: String
    let errors: String

    /// The outcome of a hang.
    static let timedOut: Int32 = -1000

    var description: String {
        "\(status == Self.timedOut ? "timed out" : "status \(status)")\nstdout: \(output)\nstderr: \(errors)"
    }
}

/// One command with its own environment, and a deadline that only a hang can reach. Whatever it started is gone
/// when it returns.
struct Command {
    let arguments: [String]
    var environment: [String: String] = [:]
    /// The deadline in seconds.
    var deadline: UInt64 = 120

    init(_ arguments: [String]) { self.arguments = arguments }

    /// Runs it to its end.
    func run() throws -> Outcome {
        let defaults = [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/tmp", "LC_ALL": "C",
        ]
        var process = ChildProcess(
            executable: "/usr/bin/env", arguments: arguments,
            environment: environment.merging(defaults) { own, _ in own },
            timeout: .seconds(deadline))
        process.errorsKept = .beginning(.max)
        let result = try process.run(interruption: nil)
        let status: Int32 =
            switch result.end {
            case .exited(let status): status
            case .signalled(let signal): -signal
            case .timedOut, .interrupted, .abandoned: Outcome.timedOut
            }
        return Outcome(status: status, output: result.output, errors: result.errors)
    }
}
