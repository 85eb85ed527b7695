import Glibc
import LabBase
import LabProcess
import LabScenario
import Measurement
import WorkloadSchema

/// One trial of a program, from its directories to the end of its last process.
///
/// It runs in a separate process, which adopts every process that the program leaves behind and kills them
/// all when it ends, or when the harness does.
package struct ProgramSupervisor {
    private static let readyPause: UInt64 = 20_000_000

    private let assignment: ProgramAssignment
    private let program: ProgramDefinition
    private let emit: (WorkloadReport) throws -> Void
    private let interruption: Interruption
    private var texts: ProgramTexts
    private var notes: ProgramNotes
    private var outputs: [ProgramStep: String] = [:]

    /// A supervisor of the trial that `assignment` describes; `emit` gets the report as it grows.
    package init(
        _ assignment: ProgramAssignment, interruption: Interruption,
        emit: @escaping (WorkloadReport) throws -> Void
    ) {
        self.assignment = assignment
        self.interruption = interruption
        self.emit = emit
        program = assignment.program
        texts = ProgramTexts(assignment.values)
        notes = ProgramNotes(assignment)
    }

    /// Makes the trial. Returns what went wrong, as one line; nil if it is complete.
    ///
    /// Throws `InputError` or `SystemCallError` if it cannot be started, or if the report cannot be written.
    package mutating func run() throws -> String? {
        guard try Supervision.begin(for: assignment.harness) else { return "the harness is gone" }
        let user = geteuid() == 0 ? try program.user.map(Self.user(_:)) : nil
        let place = try TrialPlace(poolRoot: assignment.poolRoot, owner: user)
        defer {
            ProcessTree.killAll()
            place.remove()
        }
        let failure = try trial(place, user)
        try emit(notes.report(complete: failure == nil))
        return failure
    }

    private static func user(_ name: String) throws -> ProgramUser {
        guard let user = ProgramUser(name) else {
            throw InputError("program.user", "there is no user \"\(name)\"")
        }
        return user
    }

    private mutating func trial(_ place: TrialPlace, _ user: ProgramUser?) throws -> String? {
        let ports = try FreePorts.find(2)
        texts["port"] = "\(ports[0])"
        texts["port2"] = "\(ports[1])"
        texts["scratch"] = place.scratch
        texts["pool_dir"] = place.pool
        texts["trigger"] = "0"
        var environment = ProgramEnvironment.program
        environment["HOME"] = place.scratch
        environment.merge(program.environment.mapValues(texts.expand)) { _, own in own }
        let commands = ProgramCommands(
            user: user, environment: environment, seed: assignment.seed, interruption: interruption)
        for (name, text) in program.files {
            try OutputFile.write(texts.expand(text), to: "\(place.scratch)/\(name)")
        }
        var server: ServerProcess?
        do {
            _ = try perform(program.prepare, .prepare, commands, server: nil)
            let started = try start(place, user, environment)
            server = started
            texts["server_pid"] = "\(started.id)"
            try serve(started, commands, place)
            try stop(started, commands)
            return nil
        } catch .interrupted {
            return "interrupted"
        } catch .step(let step, let problem) {
            let lines = server.map { "; the server's last lines:\n\($0.lastLines)" } ?? ""
            return "\(step.rawValue): \(problem)\(lines)"
        } catch .serverEnded(let step) {
            return server.map { notes.addEnd(of: $0, in: step) }
        }
    }

    // MARK: The server

    private func start(
        _ place: TrialPlace, _ user: ProgramUser?, _ environment: [String: String]
    ) throws(ProgramFailure) -> ServerProcess {
        var allocator = assignment.allocator
        if assignment.mode != nil {
            allocator["VMMALLOC_POOL_DIR"] = place.pool
            allocator["VMMALLOC_FORK_LOG"] = place.forkLog
        }
        do {
            return try ServerProcess(
                texts.expand(program.start), user: user, environment: environment, allocator: allocator,
                output: place.serverOutput)
        } catch {
            throw .step(.start, "\(error)")
        }
    }

    /// Everything between the start and the end of the server.
    private mutating func serve(
        _ server: ServerProcess, _ commands: ProgramCommands, _ place: TrialPlace
    ) throws(ProgramFailure) {
        try awaitReady(server, commands)
        _ = try perform(program.load, .load, commands, server: server)
        let maps = ServerMaps(
            poolDirectory: assignment.mode == nil ? nil : RealPath.resolve(place.pool),
            poolSize: ByteCount.parse(texts["pool_size"] ?? "") ?? 0)
        notes.addHeap(of: server, maps)
        try? emit(notes.report())

        let observer = ServerObserver(
            server: server.id, maps: maps, pool: assignment.mode == nil ? nil : place.pool,
            mode: assignment.mode)
        let watching: JoinableThread
        let probe: TCPProbe?
        do {
            probe = try makeProbe()
            try probe?.start()
            watching = try JoinableThread { observer.run() }
        } catch {
            throw .step(.watch, "\(error)")
        }
        defer {
            observer.stop()
            watching.join()
            probe?.stop()
            probe.map { notes.addLatencies($0) }
        }
        if let probe = program.probe { try watch(probe.before, fork: 0, server, commands) }
        for fork in 1...program.triggers {
            try trigger(fork, server, commands, observer, place)
            if let probe = program.probe { try watch(probe.after, fork: fork, server, commands) }
        }
    }

    private func makeProbe() throws -> TCPProbe? {
        guard var probe = program.probe else { return nil }
        let (port, rate) = (texts.expand(probe.port), texts.expand(probe.rate))
        guard let port = UInt16(port) else {
            throw InputError("program.probe.tcp", "\"\(port)\" is not a port")
        }
        guard let rate = Double(rate), ProgramDefinition.Probe.rates.contains(rate) else {
            throw InputError("program.probe.rate", "\"\(rate)\" is not a rate above 0")
        }
        probe.requests = probe.requests.map(texts.expand)
        return try TCPProbe(
            probe, port: port, rate: rate, seed: assignment.seed, length: assignment.timeout)
    }

    private mutating func awaitReady(
        _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        guard let ready = program.ready.map(texts.expand) else { return }
        let begin = Clock.nanoseconds
        let deadline = begin + ready.deadline
        while true {
            do {
                _ = try commands.run(ready, step: .ready, server: server)
                return notes.add(.ready, since: begin, fork: 0)
            } catch .step(_, let problem) {
                // Not yet.
                guard Clock.nanoseconds < deadline else {
                    throw .step(
                        .ready, "not within \(Duration.nanoseconds(ready.deadline).inWords): \(problem)")
                }
            }
            try commands.wait(until: Clock.nanoseconds + Self.readyPause, step: .ready, server: server)
        }
    }

    /// Ends the server as the scenario says. Throws `ProgramFailure` if it does not end, or crashes.
    private mutating func stop(_ server: ServerProcess, _ commands: ProgramCommands) throws(ProgramFailure) {
        let begin = Clock.nanoseconds
        var sent = SIGTERM
        switch program.stop {
        case .signal(let signal):
            sent = signal
            kill(server.id, signal)
        case .command(let command):
            // The server may well end before the command does.
            _ = try commands.run(texts.expand(command), step: .stop, server: nil)
        }
        guard server.waits(until: Clock.nanoseconds + program.deadline) else {
            throw .step(
                .stop, "the server did not end within \(Duration.nanoseconds(program.deadline).inWords)")
        }
        if case .signalled(let signal) = server.reap(), signal != sent {
            throw .step(.stop, "the server was killed by \(SignalName.of(signal)) when it should have ended")
        }
        notes.add(.stop, since: begin, fork: 0)
    }

    // MARK: One trigger

    private mutating func trigger(
        _ fork: Int, _ server: ServerProcess, _ commands: ProgramCommands, _ observer: ServerObserver,
        _ place: TrialPlace
    ) throws(ProgramFailure) {
        texts["trigger"] = "\(fork)"
        let known = log(place).forks.count
        notes.add(observer.usage(.beforeFork, fork: fork))
        observer.begin(fork: fork)
        let begin = Clock.nanoseconds
        // Report what is known about this fork even if the server dies before it is over.
        var end = begin
        defer {
            notes.addForks(
                fork, at: ForkMoments(begin: begin, end: end, childExit: Clock.nanoseconds),
                log(place).after(forks: known), observer.end())
        }
        _ = try perform(program.trigger, .trigger, commands, server: server)
        end = Clock.nanoseconds
        observer.look()
        notes.add(observer.usage(.afterFork, fork: fork))
        _ = try perform(program.settle, .settle, commands, server: server)
        notes.add(observer.usage(.afterExit, fork: fork))
        try verify(fork, server, commands)
        try askMetrics(fork, server, commands)
    }

    private mutating func verify(
        _ fork: Int, _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        guard program.verify != nil else { return }
        do {
            _ = try perform(program.verify, .verify, commands, server: server)
            notes.add(.verified, fork, .held)
        } catch .step(_, let problem) {
            notes.add(.verified, fork, .broken, "the verify command \(problem)")
        }
    }

    private mutating func askMetrics(
        _ fork: Int, _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        for metric in program.metrics {
            let text: String
            switch metric.source {
            case .step(let step): text = outputs[step] ?? ""
            case .command(let command):
                text = try commands.run(texts.expand(command), step: .metrics, server: server)
            }
            try notes.add(metric, fork: fork, from: text)
        }
    }

    private mutating func watch(
        _ time: UInt64, fork: Int, _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        let begin = Clock.nanoseconds
        try commands.wait(until: begin + time, step: .watch, server: server)
        notes.add(.watch, since: begin, fork: fork)
    }

    /// Runs a command, if the program has it, and records its time.
    private mutating func perform(
        _ command: ProgramDefinition.Command?, _ step: ProgramStep, _ commands: ProgramCommands,
        server: ServerProcess?
    ) throws(ProgramFailure) -> String {
        guard let command else { return "" }
        let begin = Clock.nanoseconds
        let output = try commands.run(texts.expand(command), step: step, server: server)
        notes.add(step, since: begin, fork: Int(texts["trigger"] ?? "") ?? 0)
        outputs[step] = output
        return output
    }

    private func log(_ place: TrialPlace) -> ForkLog {
        (try? ForkLog(reading: place.forkLog)) ?? ForkLog()
    }
}
