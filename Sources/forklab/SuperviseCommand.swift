import ArgumentParser
import Glibc
import LabBase
import LabCompatibility
import LabProcess
import LabRun
import WorkloadSchema

/// `forklab supervise`: one trial of a program, in a separate process. `forklab run` and `forklab compatibility`
/// start it, and tell it on its standard input what to do, as JSON.
struct SuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Make one trial of a program; forklab starts this.",
        shouldDisplay: false)

    @Flag(help: "It is a trial of forklab compatibility.")
    var compatibility = false

    @Option(help: "Descriptor to which the report is written, one JSON object per line.")
    var reportFd: Int32 = STDOUT_FILENO

    func run() throws {
        // Before the first thread.
        let interruption = try Interruption()
        let descriptor = reportFd
        let assignment = try TextFile.read("/proc/self/fd/\(STDIN_FILENO)")
        if compatibility {
            let trial = try Self.decode(CompatibilityTrial.self, assignment)
            return try trial.supervise(interruption: interruption, reportTo: descriptor)
        }
        var supervisor = ProgramSupervisor(
            try Self.decode(ProgramAssignment.self, assignment), interruption: interruption
        ) { report in try report.writeLine(to: descriptor) }
        if let problem = try supervisor.run() {
            StandardError.line(problem)
            throw ExitCode(1)
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws(InputError)
        -> Value
    {
        do {
            return try JSONLine.decode(type, from: text)
        } catch {
            throw InputError(
                "standard input",
                "is not a trial to make; use \"forklab run\" or \"forklab compatibility\", which start this")
        }
    }
}
