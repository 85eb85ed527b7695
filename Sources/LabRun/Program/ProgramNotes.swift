import LabBase
import LabMetrics
import LabProcess
import LabScenario
import Measurement
import WorkloadSchema
import _StringProcessing

/// The records of a trial of a program: its report, as it grows.
struct ProgramNotes {
    /// The maximum number of accounts of forks in a report.
    private static let mostAccounts = 200

    private let assignment: ProgramAssignment
    private var known: WorkloadReport
    private var record = ProgramRecord()
    private var moments: [ForkMoments] = []

    /// Empty notes for a trial.
    init(_ assignment: ProgramAssignment) {
        self.assignment = assignment
        known = WorkloadReport(workload: assignment.program.name, allocator: "")
    }

    /// The report of everything known so far.
    func report(complete: Bool = false) -> WorkloadReport {
        var report = known
        report.program = record
        report.complete = complete
        return report
    }

    /// Records a step that was made.
    mutating func add(_ step: ProgramStep, since begin: UInt64, fork: Int) {
        record.steps.append(
            ProgramRecord.StepTime(step: step, fork: fork, nanoseconds: Clock.nanoseconds - begin))
    }

    /// Records a check that was made.
    mutating func add(_ check: Check, _ fork: Int, _ outcome: Outcome, _ detail: String = "") {
        known.note((check, outcome, detail), fork: fork, depth: fork == 0 ? 0 : 1)
    }

    /// Records memory and space; nil if they could not be read.
    mutating func add(_ usage: WorkloadReport.Usage?) {
        if let usage { known.usages.append(usage) }
    }

    /// Records the number in the program's output `text`. Throws `ProgramFailure` if there is none.
    mutating func add(
        _ metric: ProgramDefinition.OwnMetric, fork: Int, from text: String
    ) throws(ProgramFailure) {
        guard let value = metric.value(in: text) else {
            throw .step(.metrics, "\(metric.name): nothing matches \"\(metric.match)\"")
        }
        record.numbers.append(
            ProgramRecord.OwnNumber(
                name: metric.name, fork: fork, value: value, unit: metric.unit.base.rawValue))
    }

    /// Records whose malloc the server called, and where its heap lies.
    mutating func addHeap(of server: ServerProcess, _ maps: ServerMaps) {
        let mappings = (try? MemoryMapping.read(process: server.id)) ?? []
        known.allocator = ServerMaps.allocator(
            of: mappings, preload: assignment.allocator["LD_PRELOAD"] ?? "")
        let heap = maps.heap(of: mappings)
        known.placement = heap.map(HeapPlacement.init(_:))
        guard assignment.mode != nil else { return add(.heapInPool, 0, .notApplicable) }
        let (outcome, detail) = ServerVerdicts.heapInPool(
            heap, try? MemoryCounters.read(process: server.id))
        add(.heapInPool, 0, outcome, detail)
    }

    /// Records trigger `fork`: when it happened, the lines that it added to the fork log, and what was seen.
    mutating func addForks(
        _ fork: Int, at moments: ForkMoments, _ log: ForkLog, _ seen: ServerObserver.Observation
    ) {
        self.moments.append(moments)
        known.usages += seen.peaks.usages
        if let highest = seen.highest {
            record.glances =
                (record.glances ?? []) + [
                    ProgramRecord.HighestGlance(fork: fork, memory: highest.memory, space: highest.space)
                ]
        }
        known.effects += seen.effects
        guard let mode = assignment.mode else {
            for check in [Check.modeTookEffect, .forkReport] { add(check, fork, .notApplicable) }
            return
        }
        let verdicts = ServerVerdicts(
            mode: mode, forcedEngine: assignment.forcedEngine, copier: assignment.copier ?? .parent)
        let forked = verdicts.forked(log)
        let effect = verdicts.tookEffect(seen.effects, log)
        let agreement = verdicts.forkReport(seen.effects, log)
        add(.forked, fork, forked.0, forked.1)
        add(.modeTookEffect, fork, effect.0, effect.1)
        add(.forkReport, fork, agreement.0, agreement.1)
        for entry in log.forks {
            record.forks += 1
            guard record.forks <= Self.mostAccounts else { continue }
            if record.forks == 1 { known.liveBytes = Int64(entry.account.bytesLive) }
            known.accounts.append(
                WorkloadReport.Accounts(
                    fork: record.forks, depth: 1, parent: entry.account,
                    child: log.childAccount(pid: entry.pid, number: entry.number)))
            known.timings.append(
                WorkloadReport.Timing(
                    phase: .forkStall, fork: record.forks, depth: 1, nanoseconds: entry.account.stall,
                    minorFaults: 0, majorFaults: 0))
        }
    }

    /// Records what the probe saw. To be called after the last trigger.
    mutating func addLatencies(_ probe: TCPProbe) {
        known.latencies += probe.profiles(of: moments)
        record.longestGaps = moments.map { probe.longestGap(from: $0.begin, to: $0.childExit ?? $0.end) }
        let (failed, requests) = probe.failures
        let reason = probe.lastFailure.map { ": \($0)" } ?? ""
        if failed > 0 {
            add(.answered, 0, .broken, "\(failed) of \(requests) requests failed\(reason)")
        } else if probe.logs.contains(where: \.isFull) {
            add(.answered, 0, .unknown, "the probe's log was full after \(requests) requests")
        } else {
            add(.answered, 0, .held)
        }
    }

    /// Records that the server ended too early. Returns that as one line.
    mutating func addEnd(of server: ServerProcess, in step: ProgramStep) -> String {
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
}

extension ForkAccount {
    /// How long the caller of fork waited, as far as the library can tell: all phases in the parent, nanoseconds.
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
