import Glibc
import Measurement

extension Boundary {
    /// Its place in a round record.
    var position: Int { Boundary.allCases.firstIndex(of: self)! }
}

/// The boundaries of a record as a buffer.
func withBoundaries<Result>(
    _ record: UnsafeMutablePointer<RoundRecord>,
    _ body: (UnsafeMutableBufferPointer<BoundaryRecord>) -> Result
) -> Result {
    withUnsafeMutableBytes(of: &record.pointee.boundaries) {
        body($0.bindMemory(to: BoundaryRecord.self))
    }
}

/// Turns the plain data of one round into the entries of a report.
struct RoundReport {
    private let pointer: UnsafeMutablePointer<RoundRecord>
    private let record: RoundRecord
    private let expectation: PoolExpectation?

    init(_ record: UnsafeMutablePointer<RoundRecord>, expectation: PoolExpectation?) {
        pointer = record
        self.record = record.pointee
        self.expectation = expectation
    }

    /// Appends timings, usages and verdicts; nothing for a round that did not begin.
    func append(to report: inout WorkloadReport) {
        guard record.fork > 0 else { return }
        // A fork that was refused stalled nobody.
        if record.forkResult >= 0 { appendTimings(to: &report) }
        appendUsages(to: &report)
        if record.parentAccount != nil || record.childAccount != nil {
            report.accounts.append(
                WorkloadReport.Accounts(
                    fork: record.fork, depth: record.depth, parent: record.parentAccount,
                    child: record.childAccount))
        }
        if record.effectKnown { report.effects.append(record.effect) }
        for (check, outcome, detail) in verdicts {
            report.verdicts.append(
                WorkloadReport.Verdict(
                    check: check, fork: record.fork, depth: record.depth, outcome: outcome, detail: detail))
        }
    }

    private func appendTimings(to report: inout WorkloadReport) {
        var firstInstruction = Interval()
        firstInstruction.begin = record.forkStall.begin
        firstInstruction.end = record.childRunning
        let intervals: [(Phase, Interval)] = [
            (.forkStall, record.forkStall), (.childFirstInstruction, firstInstruction),
            (.parentFirstWrite, record.parentFirstWrite), (.childFirstWrite, record.childFirstWrite),
            (.childFirstRead, record.childFirstRead), (.parentFirstRead, record.parentFirstRead),
            (.parentReallocate, record.parentReallocate), (.childReallocate, record.childReallocate),
            (.childExit, record.childExit),
        ]
        for (phase, interval) in intervals where interval.begin > 0 && interval.end >= interval.begin {
            report.timings.append(
                WorkloadReport.Timing(
                    phase: phase, fork: record.fork, depth: record.depth,
                    nanoseconds: interval.end - interval.begin, minorFaults: interval.minorFaults,
                    majorFaults: interval.majorFaults))
        }
    }

    private func appendUsages(to report: inout WorkloadReport) {
        let entries = withBoundaries(pointer) { Array($0) }
        for (boundary, entry) in zip(Boundary.allCases, entries) where entry.taken {
            report.usages.append(
                WorkloadReport.Usage(
                    boundary: boundary, fork: record.fork, depth: record.depth, parent: entry.parent,
                    child: entry.hasChild ? entry.child : nil, system: entry.system,
                    fileSystem: entry.hasFileSystem ? entry.fileSystem : nil))
        }
    }

    private var verdicts: [(Check, Outcome, String)] {
        guard record.forkResult >= 0 else {
            let reason = record.parentAccount.map { " (the copy: \(String(cString: strerror($0.error))))" }
            return [
                (
                    .forked, .broken,
                    "fork failed: \(String(cString: strerror(record.forkErrno)))\(reason ?? "")"
                )
            ]
        }
        return [
            (.forked, .held, ""), modeVerdict, accountVerdict,
            isolation(
                .isolationParentToChild, record.childVerified, record.childFindings, "child", "parent"),
            isolation(
                .isolationChildToParent, record.parentVerified, record.parentFindings, "parent", "child"),
            checksum(.parentChecksum, record.parentVerified, record.parentFindings),
            checksum(.childChecksum, record.childVerified, record.childFindings), childVerdict,
        ]
    }

    private var modeVerdict: (Check, Outcome, String) {
        guard let expectation else { return (.modeTookEffect, .notApplicable, "") }
        guard record.effectKnown else { return (.modeTookEffect, .unknown, "") }
        let held = record.inPool && expectation.mode.admits(record.effect)
        let place = record.inPool ? "" : ", outside the pool"
        return (.modeTookEffect, held ? .held : .broken, record.effect.rawValue + place)
    }

    private var accountVerdict: (Check, Outcome, String) {
        guard let expectation, expectation.givesAccounts else { return (.forkReport, .notApplicable, "") }
        guard record.effectKnown, let parent = record.parentAccount, let child = record.childAccount else {
            return (.forkReport, .unknown, "")
        }
        let sides = [("parent", parent), ("child", child)]
        for (side, account) in sides {
            let contradiction = account.contradiction(
                to: expectation.mode, effect: record.effect, forced: expectation.forcedEngine)
            if let contradiction { return (.forkReport, .broken, "the \(side) \(contradiction)") }
        }
        let agree = parent.action == child.action
        let words = sides.map { "the \($0) says \($1.action.rawValue)" }.joined(separator: ", ")
        return (.forkReport, agree ? .held : .broken, agree ? "" : words)
    }

    private func isolation(
        _ check: Check, _ verified: Bool, _ findings: BlockTable.Findings, _ reader: String, _ writer: String
    ) -> (Check, Outcome, String) {
        guard verified else { return (check, .unknown, "the \(reader) did not live to verify") }
        guard findings.foreign > 0 else { return (check, .held, "") }
        return (check, .broken, "the \(reader) saw \(findings.foreign) blocks written by the \(writer)")
    }

    private func checksum(
        _ check: Check, _ verified: Bool, _ findings: BlockTable.Findings
    ) -> (Check, Outcome, String) {
        guard verified else { return (check, .unknown, "") }
        if record.reallocationRefused { return (check, .broken, "malloc returned NULL after the fork") }
        guard findings.corrupt > 0 else { return (check, .held, "") }
        return (check, .broken, "\(findings.corrupt) blocks hold bytes that nobody wrote there")
    }

    private var childVerdict: (Check, Outcome, String) {
        switch record.childEnd {
        case .unknown: (.childExit, .unknown, "")
        case .exited where record.childEndValue == 0: (.childExit, .held, "")
        case .exited: (.childExit, .broken, "exit status \(record.childEndValue)")
        case .signalled:
            (.childExit, .broken, "killed by \(SignalName.of(record.childEndValue))")
        case .hung: (.childExit, .broken, "did not answer in time, was killed")
        }
    }
}
