import Glibc
import Measurement
import _StringProcessing

/// One trial of a program, from its directories to the end of its last process. Reads top to bottom.
///
/// It runs in a process of its own, which adopts every process that the program leaves behind and kills them
/// all when it ends, or when the harness does.
public struct ProgramSupervisor {
    /// How many accounts of forks a report holds.
    private static let mostAccounts = 200
    private static let readyPause: UInt64 = 20_000_000

    private let assignment: ProgramAssignment
    private let program: ProgramDefinition
    private let emit: (WorkloadReport) throws -> Void
    private let interruption: Interruption
    private var report: WorkloadReport
    private var record = ProgramRecord()
    private var values: [String: String]
    private var outputs: [ProgramStep: String] = [:]
    private var moments: [ForkMoments] = []

    /// A supervisor of the trial that `assignment` describes; `emit` gets the report as it grows.
    public init(
        _ assignment: ProgramAssignment, interruption: Interruption,
        emit: @escaping (WorkloadReport) throws -> Void
    ) {
        self.assignment = assignment
        self.interruption = interruption
        self.emit = emit
        program = assignment.program
        values = assignment.values
        report = WorkloadReport(workload: assignment.program.name, allocator: "")
    }

    /// Makes the trial. Returns what went wrong, in a line; nil if it is complete.
    public mutating func run() throws -> String? {
        guard try Supervision.begin(for: assignment.harness) else { return "the harness is gone" }
        let user = geteuid() == 0 ? try program.user.map(Self.user(_:)) : nil
        let place = try TrialPlace(poolRoot: assignment.poolRoot, owner: user)
        defer {
            ProcessTree.killAll()
            place.remove()
        }
        let failure = try trial(place, user)
        report.program = record
        report.complete = failure == nil
        try emit(report)
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
        values["port"] = "\(ports[0])"
        values["port2"] = "\(ports[1])"
        values["scratch"] = place.scratch
        values["pool_dir"] = place.pool
        values["trigger"] = "0"
        var environment = TrialEnvironment.program
        environment["HOME"] = place.scratch
        environment.merge(program.environment.mapValues(expand)) { _, own in own }
        let commands = ProgramCommands(
            user: user, environment: environment, seed: assignment.seed, interruption: interruption)
        for (name, text) in program.files {
            try OutputFile.write(expand(text), to: "\(place.scratch)/\(name)")
        }
        var server: ServerProcess?
        do {
            _ = try perform(program.prepare, .prepare, commands, server: nil)
            let started = try start(place, user, environment)
            server = started
            values["server_pid"] = "\(started.id)"
            try serve(started, commands, place)
            try stop(started, commands)
            return nil
        } catch .interrupted {
            return "interrupted"
        } catch .step(let step, let problem) {
            let lines = server.map { "; the server's last lines:\n\($0.lastLines)" } ?? ""
            return "\(step.rawValue): \(problem)\(lines)"
        } catch .serverEnded(let step) {
            return server.map { noteEnd(of: $0, in: step) }
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
                expand(program.start), user: user, environment: environment, allocator: allocator,
                output: place.serverOutput)
        } catch {
            throw .step(.start, "\(error)")
        }
    }

    /// Notes that the server ended too early, and says so in a line.
    private mutating func noteEnd(of server: ServerProcess, in step: ProgramStep) -> String {
        let end = server.reap()
        var exitStatus: Int32?
        var signal: Int32?
        var words = ""
        switch end {
        case .exited(let status):
            exitStatus = status
            words = "ended with status \(status)"
        case .signalled(let number):
            signal = number
            words = "was killed by \(SignalName.of(number))"
        case .timedOut, .interrupted, .abandoned: break
        }
        let lines = server.lastLines
        record.serverEnd = ProgramRecord.ServerEnd(
            step: step, exitStatus: exitStatus, signal: signal, lastLines: lines)
        return "the server \(words) in the step \(step.rawValue)"
            + (lines.isEmpty ? "" : "; its last lines:\n\(lines)")
    }

    /// Everything between its start and its end.
    private mutating func serve(
        _ server: ServerProcess, _ commands: ProgramCommands, _ place: TrialPlace
    ) throws(ProgramFailure) {
        try awaitReady(server, commands)
        _ = try perform(program.load, .load, commands, server: server)
        let maps = ServerMaps(
            poolDirectory: assignment.mode == nil ? nil : RealPath.resolve(place.pool),
            poolSize: ByteCount.parse(values["pool_size"] ?? "") ?? 0)
        noteHeap(of: server, maps)
        try? emit(report)

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
            probe.map { noteLatencies($0) }
        }
        if let probe = program.probe { try watch(probe.before, fork: 0, server, commands) }
        for fork in 1...program.triggers {
            try trigger(fork, server, commands, observer, place)
            if let probe = program.probe { try watch(probe.after, fork: fork, server, commands) }
        }
    }

    private mutating func awaitReady(
        _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        guard let ready = program.ready.map(expand) else { return }
        let begin = Clock.nanoseconds
        let deadline = begin + ready.deadline
        while true {
            do {
                _ = try commands.run(ready, step: .ready, server: server)
                return note(.ready, since: begin, fork: 0)
            } catch .step(_, let problem) {
                // Not yet.
                guard Clock.nanoseconds < deadline else {
                    throw .step(.ready, "not within \(TimeSpan(nanoseconds: ready.deadline)): \(problem)")
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
            _ = try commands.run(expand(command), step: .stop, server: nil)
        }
        guard server.waits(until: Clock.nanoseconds + program.deadline) else {
            throw .step(.stop, "the server did not end within \(TimeSpan(nanoseconds: program.deadline))")
        }
        if case .signalled(let signal) = server.reap(), signal != sent {
            throw .step(.stop, "the server was killed by \(SignalName.of(signal)) when it was to end")
        }
        note(.stop, since: begin, fork: 0)
    }

    // MARK: One trigger

    private mutating func trigger(
        _ fork: Int, _ server: ServerProcess, _ commands: ProgramCommands, _ observer: ServerObserver,
        _ place: TrialPlace
    ) throws(ProgramFailure) {
        values["trigger"] = "\(fork)"
        let known = entries(place).count
        if let usage = observer.usage(.beforeFork, fork: fork) { report.usages.append(usage) }
        observer.begin(fork: fork)
        let begin = Clock.nanoseconds
        // What is known of this fork is told even if the server does not live to the end of it.
        var end = begin
        defer {
            moments.append(ForkMoments(begin: begin, end: end, childExit: Clock.nanoseconds))
            noteForks(fork, entries(place), since: known, observer.end())
        }
        _ = try perform(program.trigger, .trigger, commands, server: server)
        end = Clock.nanoseconds
        observer.look()
        if let usage = observer.usage(.afterFork, fork: fork) { report.usages.append(usage) }
        _ = try perform(program.settle, .settle, commands, server: server)
        if let usage = observer.usage(.afterExit, fork: fork) { report.usages.append(usage) }
        try verify(fork, server, commands)
        try askMetrics(fork, server, commands)
    }

    private mutating func verify(
        _ fork: Int, _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        guard program.verify != nil else { return }
        do {
            _ = try perform(program.verify, .verify, commands, server: server)
            note(.verified, fork, .held)
        } catch .step(_, let problem) {
            note(.verified, fork, .broken, "the verify command \(problem)")
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
                text = try commands.run(expand(command), step: .metrics, server: server)
            }
            guard let value = metric.value(in: text) else {
                throw .step(.metrics, "\(metric.name): nothing matches \"\(metric.match)\"")
            }
            record.numbers.append(
                ProgramRecord.OwnNumber(
                    name: metric.name, fork: fork, value: value, unit: metric.unit.base.rawValue))
        }
    }

    private mutating func watch(
        _ time: UInt64, fork: Int, _ server: ServerProcess, _ commands: ProgramCommands
    ) throws(ProgramFailure) {
        let begin = Clock.nanoseconds
        try commands.wait(until: begin + time, step: .watch, server: server)
        note(.watch, since: begin, fork: fork)
    }

    // MARK: Noting down

    /// Runs a command that the program may have, with its time noted.
    private mutating func perform(
        _ command: ProgramDefinition.Command?, _ step: ProgramStep, _ commands: ProgramCommands,
        server: ServerProcess?
    ) throws(ProgramFailure) -> String {
        guard let command else { return "" }
        let begin = Clock.nanoseconds
        let output = try commands.run(expand(command), step: step, server: server)
        note(step, since: begin, fork: Int(values["trigger"] ?? "") ?? 0)
        outputs[step] = output
        return output
    }

    private mutating func note(_ step: ProgramStep, since begin: UInt64, fork: Int) {
        record.steps.append(
            ProgramRecord.StepTime(step: step, fork: fork, nanoseconds: Clock.nanoseconds - begin))
    }

    private mutating func note(_ check: Check, _ fork: Int, _ outcome: Outcome, _ detail: String = "") {
        report.verdicts.append(
            WorkloadReport.Verdict(
                check: check, fork: fork, depth: fork == 0 ? 0 : 1, outcome: outcome, detail: detail))
    }

    private mutating func noteHeap(of server: ServerProcess, _ maps: ServerMaps) {
        let mappings = (try? MemoryMapping.read(process: server.id)) ?? []
        report.allocator = ServerMaps.allocator(
            of: mappings, preload: assignment.allocator["LD_PRELOAD"] ?? "")
        let heap = maps.heap(of: mappings)
        report.placement = heap.map(HeapPlacement.init(_:))
        guard assignment.mode != nil else { return note(.heapInPool, 0, .notApplicable) }
        let (outcome, detail) = ServerVerdicts.heapInPool(
            heap, try? MemoryCounters.read(process: server.id))
        note(.heapInPool, 0, outcome, detail)
    }

    private func entries(_ place: TrialPlace) -> [ForkLog.Entry] {
        (try? ForkLog.read(place.forkLog)) ?? []
    }

    /// Adds what trigger `fork` brought: the lines of the log after the first `known`, and what was seen.
    private mutating func noteForks(
        _ fork: Int, _ log: [ForkLog.Entry], since known: Int, _ seen: ServerObserver.Observation
    ) {
        report.usages += seen.peaks.usages
        report.effects += seen.effects
        guard let mode = assignment.mode else {
            for check in [Check.modeTookEffect, .forkReport] { note(check, fork, .notApplicable) }
            return
        }
        let entries = Array(log.dropFirst(known))
        let verdicts = ServerVerdicts(mode: mode, forcedEngine: assignment.forcedEngine)
        let forked = verdicts.forked(entries)
        let effect = verdicts.tookEffect(seen.effects, entries)
        let agreement = verdicts.forkReport(seen.effects, entries)
        note(.forked, fork, forked.0, forked.1)
        note(.modeTookEffect, fork, effect.0, effect.1)
        note(.forkReport, fork, agreement.0, agreement.1)
        for entry in entries {
            record.forks += 1
            guard record.forks <= Self.mostAccounts else { continue }
            if record.forks == 1 { report.liveBytes = Int64(entry.account.bytesLive) }
            report.accounts.append(
                WorkloadReport.Accounts(fork: record.forks, depth: 1, parent: entry.account, child: nil))
            report.timings.append(
                WorkloadReport.Timing(
                    phase: .forkStall, fork: record.forks, depth: 1, nanoseconds: entry.account.stall,
                    minorFaults: 0, majorFaults: 0))
        }
    }

    // MARK: The probe

    private func makeProbe() throws -> TCPProbe? {
        guard var probe = program.probe else { return nil }
        guard let port = UInt16(expand(probe.port)) else {
            throw InputError("program.probe.tcp", "\"\(expand(probe.port))\" is not a port")
        }
        guard let rate = Double(expand(probe.rate)), ProgramDefinition.Probe.rates.contains(rate) else {
            throw InputError("program.probe.rate", "\"\(expand(probe.rate))\" is not a rate above 0")
        }
        probe.requests = probe.requests.map(expand)
        return try TCPProbe(
            probe, port: port, rate: rate, seed: assignment.seed, length: assignment.timeout)
    }

    private mutating func noteLatencies(_ probe: TCPProbe) {
        report.latencies += probe.profiles(of: moments)
        record.longestGaps = moments.map { probe.longestGap(from: $0.begin, to: $0.childExit ?? $0.end) }
        let (failed, requests) = probe.failures
        let reason = probe.lastFailure.map { ": \($0)" } ?? ""
        note(
            .answered, 0, failed == 0 ? .held : .broken,
            failed == 0 ? "" : "\(failed) of \(requests) requests failed\(reason)")
    }

    // MARK: Texts

    private func expand(_ text: String) -> String { Placeholders(values: values).expand(text) }

    private func expand(_ command: ProgramDefinition.Command) -> ProgramDefinition.Command {
        var command = command
        switch command.action {
        case .shell(let text): command.action = .shell(expand(text))
        case .tcp(let port, let request): command.action = .tcp(port: expand(port), request: expand(request))
        }
        return command
    }

    private func expand(_ request: ProgramDefinition.Request) -> ProgramDefinition.Request {
        ProgramDefinition.Request(
            send: expand(request.send), expect: expand(request.expect), end: expand(request.end))
    }
}

extension ForkAccount {
    /// What the caller of fork waited, as far as the library can tell: all phases in the parent, nanoseconds.
    fileprivate var stall: UInt64 { reserveNs + prepareNs + forkNs + resumeNs }
}

extension ProgramDefinition.OwnMetric {
    /// The number in `text`, in the base unit; nil if there is none.
    func value(in text: String) -> Double? {
        guard let regex = try? Regex(match), let found = text.firstMatch(of: regex) else { return nil }
        let group = found.output.count > 1 ? found.output[1].substring : found.output[0].substring
        return group.flatMap { Double($0) }.map { $0 * unit.factor }
    }
}
