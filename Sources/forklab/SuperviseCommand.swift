import ArgumentParser
import ForkLab
import Glibc
import Measurement

/// `forklab supervise`: one trial of a program, in a process of its own. `forklab run` starts it.
struct SuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Make one trial of a program; forklab run starts this.",
        shouldDisplay: false)

    @Argument(help: "What to do, as JSON.")
    var assignment: String

    @Option(help: "Descriptor that the report is written to, one JSON object a line.")
    var reportFd: Int32 = STDOUT_FILENO

    func run() throws {
        // Before the first thread.
        let interruption = try Interruption()
        let descriptor = reportFd
        var supervisor = ProgramSupervisor(
            try JSONLine.decode(ProgramAssignment.self, from: assignment), interruption: interruption
        ) { report in try report.writeLine(to: descriptor) }
        if let problem = try supervisor.run() {
            StandardError.line(problem)
            throw ExitCode(1)
        }
    }
}
