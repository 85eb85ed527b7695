import LabAnalysis
import LabMetrics
import LabScenario
import Measurement
import WorkloadSchema

extension CandidateMeasurement {
    /// The measurement from the samples of a candidate's cell; nil for the cell of a reference.
    ///
    /// `isMemory` says that files on the pool's file system are RAM. `control` is what failed without the library, in which
    /// case the command is at fault, not the mode; nil if nothing did. `hasSettled` says that the trials lasted as long as the
    /// forks' effects: otherwise peaks of RAM and space were not seen.
    init?(
        _ summary: CellSummary, samples: [Sample], isMemory: Bool, control: String?, hasSettled: Bool
    ) {
        guard let candidate = Candidate(summary.cell) else { return nil }
        let own = samples.filter { $0.cell == summary.cell }
        let reports = own.filter { !$0.warmUp }.compactMap(\.report)
        let peaks = hasSettled ? reports : []
        let faults = Self.faults(summary, own)
        let metrics = summary.metrics
        self.init(
            candidate, trials: summary.trials,
            stall: Estimate(reports.compactMap(\.longestStall)),
            memory: Estimate(
                peaks.compactMap { report in
                    report.growth {
                        Double($0.anonymousCost) + (isMemory ? Double($0.fileSystem?.used ?? 0) : 0)
                    }
                }),
            space: Estimate(peaks.compactMap(\.spaceNeeded)),
            writes: metrics[Metric.phase(.parentFirstWrite).name].map(Estimate.init),
            torn: metrics[Metric.tornBlocks.name].map(Estimate.init), actions: summary.actions,
            broken: faults.broken,
            obstacle: control.map { "without the library too: \($0)" } ?? faults.obstacle)
    }

    /// Everything that failed: because of the mode, or because there is no measurement by which to judge it.
    private static func faults(
        _ summary: CellSummary, _ samples: [Sample]
    ) -> (broken: [String], obstacle: String?) {
        let crashed = samples.contains {
            $0.outcome == .signalled || $0.report?.program?.serverEnd?.signal != nil
        }
        let isProgram = samples.contains { $0.report?.program != nil }
        let isRefused = summary.actions.contains(.refused)
        var broken: [String] = []
        var obstacle: String?
        for finding in summary.correctness.findings {
            let isObstacle =
                switch finding.check {
                case "allocator", Check.heapInPool.rawValue, Check.filled.rawValue: true
                case "trial": !crashed && !isRefused
                case Check.forked.rawValue: isProgram && !isRefused
                default: false
                }
            if isObstacle {
                obstacle = obstacle ?? finding.description
            } else {
                broken.append(finding.description)
            }
        }
        return (broken, obstacle)
    }
}

extension Estimate {
    /// The longest stall of a cell that is not a candidate's.
    static func longestStall(_ cell: CellSummary, _ samples: [Sample]) -> Estimate? {
        Estimate(samples.filter { $0.cell == cell.cell && !$0.warmUp }.compactMap { $0.report?.longestStall })
    }
}

extension WorkloadReport {
    /// Nanoseconds that the longest fork of the first process held it up; nil if none was timed.
    fileprivate var longestStall: Double? {
        timings.filter { $0.phase == .forkStall && $0.depth <= 1 }.map { Double($0.nanoseconds) }.max()
    }

    /// How far `amount` rose above its value before the first fork; nil if either is not known.
    fileprivate func growth(_ amount: (Usage) -> Double) -> Double? {
        let own = usages.filter { $0.depth <= 1 }
        guard let first = own.firstIndex(where: { $0.boundary == .beforeFork && $0.fork == 1 }),
            let peak = own[(first + 1)...].map(amount).max()
        else { return nil }
        return max(0, peak - amount(own[first]))
    }

    /// Bytes of the pool's file system that were used at the peak, but at least as much as a copy needs to find free.
    fileprivate var spaceNeeded: Double? {
        guard usages.contains(where: { $0.fileSystem != nil }),
            let grown = growth({ Double($0.fileSystem?.used ?? 0) })
        else { return nil }
        let copies = accounts.flatMap { [$0.parent, $0.child] }.compactMap(\.self).filter { $0.action.isCopy }
        return max(grown, Double(copies.map(\.bytesLive).max() ?? 0))
    }
}
