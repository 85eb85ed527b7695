import Glibc
import LabBase
import LabProcess
import LabRun
import Measurement

/// One run of one case of a program. A separate process makes it, `forklab supervise`, so that it ends with everything
/// that it has started, however forklab itself ends.
package struct CompatibilityTrial: Codable, Sendable {
    let program: CompatibilityProgram
    let testCase: String
    /// The mode; nil without the library.
    let mode: ForkMode?
    /// The directory for the pools and the working directory.
    let directory: String
    let library: String
    /// The folder of prelude.sh.
    let folder: String
    /// The process whose end must end the trial.
    var harness = getpid()

    /// Has `supervisor`, the path of forklab, make the trial; nil if it was interrupted.
    ///
    /// A trial that could not be made counts as cut short. Throws `SystemCallError` if the supervisor cannot be started.
    func run(by supervisor: String, interruption: Interruption) throws -> CompatibilityOutcome? {
        var process = ChildProcess(
            executable: supervisor,
            arguments: ["supervise", "--compatibility", "--report-fd", "3"],
            environment: ProgramEnvironment.plain, timeout: timeout + Supervision.grace * 6,
            outputDescriptor: 3, grace: Supervision.grace)
        process.input = try JSONLine.encode(self)
        process.errorsKept = .end(2000)
        let result = try process.run(interruption: interruption)
        guard result.end != .interrupted else { return nil }
        if let outcome = try? JSONLine.decode(CompatibilityOutcome.self, from: result.output) {
            return outcome
        }
        return CompatibilityOutcome(
            checks: CheckList(""), cut: "forklab could not make the run",
            lastWords: result.errors.split(separator: "\n").map(String.init), forks: ForkActions(),
            sawPool: false, elapsed: result.elapsed)
    }
}

extension CompatibilityTrial {
    /// Called in the supervisor: makes the trial, and writes the outcome to `descriptor` unless it was interrupted.
    ///
    /// Throws `SystemCallError` if it cannot be made.
    package func supervise(interruption: Interruption, reportTo descriptor: Int32) throws {
        guard try Supervision.begin(for: harness) else { return }
        guard let outcome = try make(interruption) else { return }
        try OutputFile.append(try JSONLine.encode(outcome) + "\n", to: descriptor, path: "the report")
    }

    private func make(_ interruption: Interruption) throws -> CompatibilityOutcome? {
        let place = try CompatibilityPlace(in: directory)
        defer {
            ProcessTree.killAll()
            place.remove()
        }
        let pooled = try CompatibilityPreload(library: library, mode: mode, size: program.poolSize, in: place)
        let result = try script(in: place).run(interruption: interruption)
        guard result.end != .interrupted else { return nil }
        // A process that still forks would still write to the log.
        ProcessTree.killAll()
        return CompatibilityOutcome(
            checks: CheckList(place.anonymous(result.output)), cut: cut(result.end),
            lastWords: place.anonymous(result.errors).split(separator: "\n").suffix(10).map(String.init),
            forks: try pooled.finish(), sawPool: access(place.proof, F_OK) == 0, elapsed: result.elapsed)
    }

    private func script(in place: CompatibilityPlace) -> ChildProcess {
        let text = ". \"$FORKLAB_COMPATIBILITY/prelude.sh\"\n\(program.script)"
        var command = ["bash", "-c", text, program.name]
        if geteuid() == 0, let user = program.user { command = user.prefix + command }
        let own = [
            "PATH": "\(place.bin):/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            "HOME": place.work, "TMPDIR": place.work, "CASE": testCase, "FORKLAB_COMPATIBILITY": folder,
            "FORKLAB_POOL": mode == nil ? "" : place.pool, "FORKLAB_PROOF": place.proof,
        ]
        var process = ChildProcess(
            executable: RealPath.program("env") ?? "/usr/bin/env",
            arguments: ["--chdir=\(place.work)"] + command,
            environment: ProgramEnvironment.plain.merging(own) { _, own in own },
            timeout: timeout)
        process.look = (100_000_000, ProcessTree.reapOrphans(except:))
        process.outputKept = .beginning(64 << 20)
        process.errorsKept = .end(8000)
        return process
    }

    /// How long the script may take.
    private var timeout: Duration { .seconds(program.timeout) }

    private func cut(_ end: ChildProcess.ProcessEnd) -> String? {
        switch end {
        case .exited(0), .interrupted, .abandoned: nil
        case .exited(let status): "ended with status \(status)"
        case .signalled(let signal): "killed by \(SignalName.of(signal))"
        case .timedOut: "did not end within \(program.timeout) s"
        }
    }
}
