import Glibc
import LabBase
import LabProcess
import LabScenario
import WorkloadSchema

/// Why a trial of a program cannot go on.
enum ProgramFailure: Error, Equatable {
    /// A step failed: what happened, in words.
    case step(ProgramStep, String)
    /// The server ended unexpectedly.
    case serverEnded(ProgramStep)
    /// The harness wants the trial to end, or is gone.
    case interrupted
}

/// Runs the commands of a program that do not run under the allocator.
struct ProgramCommands {
    private static let deathPause: UInt64 = 1_000_000_000
    let user: ProgramUser?
    let environment: [String: String]
    let seed: UInt64
    let interruption: Interruption

    /// Performs `command` and returns the answer: its standard output, or the response.
    ///
    /// Throws `ProgramFailure` if it does not succeed or takes too long, or if `server` (nil: not checked) ends
    /// before it does.
    func run(
        _ command: ProgramDefinition.Command, step: ProgramStep, server: ServerProcess?
    ) throws(ProgramFailure) -> String {
        switch command.action {
        case .shell(let text): return try run(text, command.deadline, step: step, server: server)
        case .tcp(let port, let request):
            guard let port = UInt16(port) else { throw .step(step, "\"\(port)\" is not a port") }
            var requester = TCPRequester(
                port: port, requests: [request], reconnect: true, patience: command.deadline,
                seed: seed)
            if requester.perform(0) { return requester.lastResponse }
            // When a server dies its connection ends before the process does.
            let wait = step == .ready ? 0 : Self.deathPause
            if let server, server.waits(until: Clock.nanoseconds + wait) { throw .serverEnded(step) }
            throw .step(step, "failed: \(requester.lastFailure)")
        }
    }

    private func run(
        _ text: String, _ deadline: UInt64, step: ProgramStep, server: ServerProcess?
    ) throws(ProgramFailure) -> String {
        let result: ChildProcess.Result
        do {
            result = try shell(text, deadline: deadline, server: server)
        } catch {
            throw .step(step, "cannot be run: \(error)")
        }
        let problem: String
        switch result.end {
        case .exited(0): return result.output
        case .exited(let status): problem = "ended with status \(status)"
        case .signalled(let signal): problem = "was killed by \(SignalName.of(signal))"
        case .timedOut: problem = "did not end within \(Duration.nanoseconds(deadline).inWords)"
        case .interrupted: throw .interrupted
        case .abandoned: throw .serverEnded(step)
        }
        let words = (result.errors + "\n" + result.output).split(separator: "\n").last.map { ": \($0)" } ?? ""
        throw .step(step, problem + words)
    }

    private func shell(
        _ text: String, deadline: UInt64, server: ServerProcess?
    ) throws(SystemCallError) -> ChildProcess.Result {
        let words = (user?.prefix ?? []) + ["/bin/sh", "-c", text]
        guard let executable = words[0].hasPrefix("/") ? words[0] : RealPath.program(words[0]) else {
            throw SystemCallError("run \(words[0])", code: ENOENT)
        }
        var process = ChildProcess(
            executable: executable, arguments: Array(words.dropFirst()), environment: environment,
            timeout: .nanoseconds(deadline))
        process.companion = server?.descriptor ?? -1
        return try process.run(interruption: interruption)
    }

    /// Waits until `deadline` (monotonic clock, ns). Throws `ProgramFailure` if the server ends meanwhile.
    func wait(until deadline: UInt64, step: ProgramStep, server: ServerProcess) throws(ProgramFailure) {
        while true {
            var requests = [server.descriptor, interruption.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let now = Clock.nanoseconds
            let left = now < deadline ? Int32(clamping: (deadline - now) / 1_000_000 + 1) : 0
            _ = poll(&requests, 2, left)
            if requests[1].revents != 0 { throw .interrupted }
            if requests[0].revents != 0 { throw .serverEnded(step) }
            if Clock.nanoseconds >= deadline { return }
        }
    }
}
