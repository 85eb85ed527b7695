import Glibc
import WorkloadBase
import WorkloadSchema

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
        // A refused fork stalled nobody.
        if record.forkResult >= 0 { appendTimings(to: &report) }
        appendUsages(to: &report)
        if record.parentAccount != nil || record.childAccount != nil {
            report.accounts.append(
                WorkloadReport.Accounts(
                    fork: record.fork, depth: record.depth, parent: record.parentAccount,
                    child: record.childAccount))
        }
        if let seen = record.seen { report.effects.append(seen.effect) }
        if record.fold.call.begin > 0 {
            report.folds =
                (report.folds ?? []) + [
                    WorkloadReport.Fold(
                        fork: record.fork, from: record.fold.before, to: record.fold.after)
                ]
        }
        // A check that held for the first child's fork need not be repeated for each sibling.
        for verdict in verdicts where record.isFirstOfGeneration || verdict.1 != .held {
            report.note(verdict, fork: record.fork, depth: record.depth)
        }
    }

    private func appendTimings(to report: inout WorkloadReport) {
        var firstInstruction = Interval()
        firstInstruction.begin = record.forkStall.begin
        firstInstruction.end = record.childRunning
        let intervals: [(Phase, Interval)] = [
            (.forkStall, record.forkStall), (.startAll, record.startAll),
            (.childFirstInstruction, firstInstruction),
            (.parentFirstWrite, record.parentFirstWrite), (.childFirstWrite, record.childFirstWrite),
            (.childFirstRead, record.childFirstRead), (.parentFirstRead, record.parentFirstRead),
            (.parentReallocate, record.parentReallocate), (.childReallocate, record.childReallocate),
            (.childExit, record.childExit), (.fold, record.fold.call),
        ]
        for (phase, interval) in intervals where interval.begin > 0 && interval.end >= interval.begin {
            report.timings.append(interval.timing(phase, fork: record.fork, depth: record.depth))
        }
    }

    private func appendUsages(to report: inout WorkloadReport) {
        let entries = withBoundaries(pointer) { Array($0) }
        for (boundary, entry) in zip(Boundary.allCases, entries) where entry.taken > 0 {
            report.usages.append(entry.usage(boundary, fork: record.fork, depth: record.depth))
        }
    }

    private var verdicts: [(Check, Outcome, String)] {
        guard record.forkResult >= 0 else {
            return [ForkVerdicts.failed(record.forkErrno, record.parentAccount)]
        }
        let fork = ForkVerdicts(expectation: expectation, seen: record.seen)
        return [
            (.forked, .held, ""), fork.mode,
            fork.accounts(parent: record.parentAccount, child: record.childAccount),
            isolation(
                .isolationParentToChild, record.childVerified, record.childFindings, "child", "parent"),
            isolation(
                .isolationChildToParent, record.parentVerified, record.parentFindings, "parent", "child"),
            checksum(.parentChecksum, record.parentVerified, record.parentFindings),
            checksum(.childChecksum, record.childVerified, record.childFindings),
            ForkVerdicts.child(record.childEnd, value: record.childEndValue),
        ] + (record.fold.call.begin > 0 ? [folded] : [])
    }

    private var folded: (Check, Outcome, String) {
        switch (record.fold.error, record.fold.isShared) {
        case (0, true?): (.folded, .held, "")
        case (0, nil): (.folded, .notApplicable, "the mappings could not be read")
        case (0, false?): (.folded, .broken, "vmmalloc_fold() succeeded, but the heap is private")
        // Other threads of this process, or of the machine's kernel.
        case (EAGAIN, _): (.folded, .notApplicable, "vmmalloc_fold(): \(String(cString: strerror(EAGAIN)))")
        case (let error, _): (.folded, .broken, "vmmalloc_fold(): \(String(cString: strerror(error)))")
        }
    }

    private func isolation(
        _ check: Check, _ verified: Bool, _ findings: Findings, _ reader: String, _ writer: String
    ) -> (Check, Outcome, String) {
        guard verified else { return (check, .unknown, "the \(reader) did not live to verify") }
        guard findings.foreign > 0 else { return (check, .held, "") }
        return (check, .broken, "the \(reader) saw \(findings.foreign) items written by the \(writer)")
    }

    private func checksum(
        _ check: Check, _ verified: Bool, _ findings: Findings
    ) -> (Check, Outcome, String) {
        guard verified else { return (check, .unknown, "") }
        if record.reallocationRefused { return (check, .broken, "malloc returned NULL after the fork") }
        guard findings.corrupt > 0 else { return (check, .held, "") }
        return (check, .broken, "\(findings.corrupt) items hold bytes that nobody wrote there")
    }
}
