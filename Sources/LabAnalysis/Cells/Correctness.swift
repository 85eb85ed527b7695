import LabBase
import LabScenario
import Measurement
import WorkloadSchema

/// What fork still meant in a cell: everything that failed to hold in some trial, warm-up included.
package struct Correctness: Codable, Equatable, Sendable {
    /// One thing that did not hold.
    package struct Finding: Codable, Equatable, Sendable {
        /// A check of the workload, or "trial" or "allocator".
        package let check: String
        /// What was seen when it first failed.
        let detail: String
        /// The number of trials in which it did not hold.
        fileprivate(set) var trials: Int

        /// "isolation_child_to_parent: the parent saw ... (3 trials)".
        package var description: String {
            "\(check): \(detail) (\(trials) \(trials == 1 ? "trial" : "trials"))"
        }
    }

    /// The verdict on the cell.
    package let status: CellVerdict
    /// Everything that did not hold, in the order in which it was found.
    package let findings: [Finding]

    /// Checks that may break without a promise of isolation; the heap must lie in the pool even then.
    private static let excusedWithoutIsolation: Set<String> = Set(
        [
            Check.isolationParentToChild, .isolationChildToParent, .parentChecksum, .childChecksum,
            .childExit,
            .answered, .verified,
        ].map(\.rawValue) + ["trial"])

    /// Judges the samples of one cell; `libraries` are the paths of the library under test, `impossible` are the actions
    /// that it cannot have taken on the cell's file system.
    init(
        _ samples: [Sample], cell: Cell, libraries: Set<String>, impossible: [ForkAccount.Action] = []
    ) {
        var findings: [Finding] = []
        for sample in samples {
            for (check, detail) in Self.problems(of: sample, libraries: libraries, impossible: impossible) {
                if let known = findings.firstIndex(where: { $0.check == check }) {
                    findings[known].trials += 1
                } else {
                    findings.append(Finding(check: check, detail: detail, trials: 1))
                }
            }
        }
        self.findings = findings
        let excused = cell.contender?.promisesIsolation == false ? Self.excusedWithoutIsolation : []
        let unexcused = findings.contains { !excused.contains($0.check) }
        status = findings.isEmpty ? .held : unexcused ? .broken : .brokenAsExpected
    }

    private static func problems(
        of sample: Sample, libraries: Set<String>, impossible: [ForkAccount.Action]
    ) -> [(check: String, detail: String)] {
        var problems: [(check: String, detail: String)] = []
        if let end = endOf(sample) { problems.append(("trial", end)) }
        guard let report = sample.report else { return problems }
        if !report.allocator.isEmpty, let allocator = wrongAllocator(report.allocator, sample.cell, libraries)
        {
            problems.append(("allocator", allocator))
        }
        var seen: Set<Check> = []
        for verdict in report.verdicts where verdict.outcome == .broken && seen.insert(verdict.check).inserted
        {
            problems.append((verdict.check.rawValue, verdict.detail))
        }
        if let action = report.actions.first(where: impossible.contains),
            seen.insert(.forkReport).inserted
        {
            problems.append(
                (Check.forkReport.rawValue, "says \(action.rawValue), which this file system cannot do"))
        }
        for answer in report.answers ?? [] where answer.verdict == .undecided {
            problems.append((answer.property.rawValue, "undecided: \(answer.detail)"))
        }
        // In a complete report, "unknown" means that the child did not live to tell.
        for verdict in report.verdicts
        where report.complete && verdict.outcome == .unknown && seen.insert(verdict.check).inserted {
            let detail = verdict.detail.isEmpty ? "could not be verified" : verdict.detail
            problems.append((verdict.check.rawValue, detail))
        }
        return problems
    }

    private static func endOf(_ sample: Sample) -> String? {
        // Anything after the first line is usually a backtrace.
        let complaint = sample.message.split(separator: "\n").first.map { ": \($0)" } ?? ""
        switch sample.outcome {
        case .completed: return nil
        case .failed: return "exit status \(sample.exitStatus ?? 0)" + complaint
        case .signalled: return "killed by \(SignalName.of(sample.signal ?? 0))" + complaint
        case .timedOut: return "no end after \(Quantity.nanoseconds(Double(sample.elapsed)))" + complaint
        case .notStarted: return "not started" + complaint
        }
    }

    /// A preload that has no effect must not pass for the allocator that was to be measured.
    private static func wrongAllocator(_ path: String, _ cell: Cell, _ libraries: Set<String>) -> String? {
        let isRight =
            switch cell.contender {
            case .mode: libraries.contains(path)
            case .reference(.jemalloc): path.contains("libjemalloc")
            case .reference(.glibc): path.contains("libc.so") || path.contains("/libc-")
            case nil: true
            }
        return isRight ? nil : "malloc came from \(path)"
    }
}
