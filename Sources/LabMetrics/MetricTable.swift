import LabBase
import LabStatistics
import Measurement
import WorkloadSchema

/// The one table of metrics: name, unit, which direction is better, meaning, and where the value comes from. A new metric is a
/// case of `Metric`, a row here, and its place in `all`.
extension Metric {
    /// Which values are the better ones.
    private enum Direction {
        case lower
        case higher
    }

    /// Where a value comes from.
    private enum Origin {
        /// The report of the workload; nil if it did not get that far.
        case report((WorkloadReport) -> Double?)
        /// The processor time in nanoseconds of the trial, and of the runner for it.
        case times((UInt64, UInt64) -> Double?)
    }

    /// Everything there is to know about a metric.
    private struct Row {
        let name: String
        let unit: Quantity.Unit
        /// Nil if neither direction is better.
        let better: Direction?
        /// One line for readers of a report. Made only when it is read: rows are looked up thousands of times for their values.
        let meaning: () -> String
        let origin: Origin

        init(
            _ name: String, _ unit: Quantity.Unit, better: Direction? = .lower,
            _ meaning: @autoclosure @escaping () -> String, _ origin: Origin
        ) {
            self.name = name
            self.unit = unit
            self.better = better
            self.meaning = meaning
            self.origin = origin
        }

        /// A row whose value comes from the report.
        init(
            _ name: String, _ unit: Quantity.Unit, better: Direction? = .lower,
            _ meaning: @autoclosure @escaping () -> String, _ value: @escaping (WorkloadReport) -> Double?
        ) {
            self.init(name, unit, better: better, meaning(), .report(value))
        }
    }

    /// The metric's name in scenarios and reports: "fork_stall".
    package var name: String { row.name }

    /// The unit of its values.
    package var unit: Quantity.Unit { row.unit }

    /// Whether a lower value is better; nil if neither direction is.
    package var lowerIsBetter: Bool? { row.better.map { $0 == .lower } }

    /// The metric's meaning, one line for readers of a report.
    package var meaning: String { row.meaning() }

    /// Its value in `report`; nil if the workload did not get that far.
    package func value(in report: WorkloadReport) -> Double? {
        guard case .report(let value) = row.origin else { return nil }
        return value(report)
    }

    /// Its value for a trial that reported `report`, took `trialTime` nanoseconds of processor time itself and cost the runner
    /// `runnerTime`; either is nil if it was not measured.
    package func value(in report: WorkloadReport?, trialTime: UInt64?, runnerTime: UInt64?) -> Double? {
        switch row.origin {
        case .report(let value): return report.flatMap(value)
        case .times(let value):
            guard let trialTime, let runnerTime else { return nil }
            return value(trialTime, runnerTime)
        }
    }

    /// Every metric except those of programs, in the order of tables.
    package static let all: [Metric] =
        Phase.allCases.map(Metric.phase) + [
            .pageTables, .memoryCost, .systemMemoryCost, .fileSystemCost, .bytesWritten, .deviceBytesWritten,
            .childMemory, .deepestForkStall, .operationsPerSecond, .startUp, .runnerShare, .longestGap,
        ]
        + ParentMemory.allCases.map(Metric.parentMemory) + FoldAmount.allCases.map(Metric.fold)
        + StartCount.allCases.map(Metric.startCount)
        + FilledHeap.allCases.map(Metric.usableShare)
        + LatencyWindow.allCases.flatMap { window in
            LatencyQuantile.allCases.map { Metric.latency(window, $0) }
        }
        + StalledThread.allCases.map(Metric.threadStall)
        + StalledThread.allCases.map(Metric.threadStallBefore) + ForkStep.allCases.map(Metric.step)
        + ForkBytes.allCases.map(Metric.forkBytes)
        + PairPlacement.allCases.map(Metric.torn) + PairPlacement.allCases.map(Metric.lag)
        + Phase.allCases.filter { $0 != .fill }.map(Metric.laterPhase)
        + [Phase.forkStall, .spawn].map(Metric.laterTail) + [.tornBlocks]
        + LatencyWindow.allCases.flatMap { window in
            LatencyQuantile.allCases.map { Metric.laterLatency(window, $0) }
        }
        + StalledThread.allCases.map(Metric.laterThreadStall)
        + ForkStep.allCases.map(Metric.laterStep)
        + Phase.allCases.filter { $0 != .fill }.map(Metric.faults)

    /// The metric called `name`; nil if there is none.
    package init?(name: String) {
        guard let metric = Metric.all.first(where: { $0.name == name }) else { return nil }
        self = metric
    }

    /// The metric's row.
    private var row: Row {
        switch self {
        case .phase(let phase):
            Row(phase.rawValue, .nanoseconds, phase.meaning) { report in
                Self.timing(phase, report).map { Double($0.nanoseconds) }
            }
        case .laterPhase(let phase):
            Row("later_\(phase.rawValue)", .nanoseconds, "median over all later forks of: \(phase.meaning)") {
                Quantile.median(of: Self.later(phase, $0))
            }
        case .laterTail(let phase):
            Row(
                "later_\(phase.rawValue)_p99", .nanoseconds,
                "99 % quantile over all later forks of: \(phase.meaning)"
            ) { report in
                let later = Self.later(phase, report).sorted()
                return later.isEmpty ? nil : Quantile.of(later, 0.99)
            }
        case .step(let step):
            Row(step.rawValue, .nanoseconds, step.meaning) { report in
                report.accounts.first { $0.fork == 1 && $0.depth == 1 }.flatMap { Self.time(step, $0) }
            }
        case .laterStep(let step):
            Row("later_\(step.rawValue)", .nanoseconds, "median over all later forks of: \(step.meaning)") {
                report in
                let later = report.accounts.filter { $0.fork > 1 && $0.depth == 1 }
                return Quantile.median(of: later.compactMap { Self.time(step, $0) })
            }
        case .forkBytes(let bytes):
            // Whether much in use, or much shared, is good or bad depends on the question.
            Row(bytes.rawValue, .bytes, better: bytes == .copied ? .lower : nil, bytes.meaning) { report in
                report.accounts.first { $0.fork == 1 && $0.depth == 1 }?.ofTheCopy.map {
                    Double(bytes.amount($0))
                }
            }
        case .torn(let pair):
            Row(
                "torn_\(pair.rawValue)", .perThousand,
                "snapshots among a thousand in which a pair of words was torn (\(pair.rawValue))"
            ) { report in report.pairs.first { $0.pair == pair }?.tornPerThousand }
        case .tornBlocks:
            Row(
                "torn_blocks", .perThousand,
                "blocks among a thousand that children found half-written, beyond those that a thread was in the middle of"
            ) { $0.tornBlocks?.perThousand }
        case .lag(let pair):
            Row(
                "lag_\(pair.rawValue)", .nanoseconds, better: nil,
                "by how much the second word was newer in the median snapshot (\(pair.rawValue))"
            ) { report in
                report.pairs.first { $0.pair == pair && $0.snapshots > 0 }.map { Double($0.medianLag) }
            }
        case .latency(let window, let quantile):
            Row(
                "latency_\(window.rawValue)_\(quantile.rawValue)", .nanoseconds,
                "\(quantile.words) of the requests \(window.words), from when each was due"
            ) { report in
                Self.requests(in: report).first { $0.fork == 1 }
                    .flatMap { $0[window].quantile(quantile.share) }.map { Double($0) }
            }
        case .laterLatency(let window, let quantile):
            Row(
                "later_latency_\(window.rawValue)_\(quantile.rawValue)", .nanoseconds,
                "median over all later forks of: \(quantile.words) of the requests \(window.words)"
            ) { report in
                let later = Self.requests(in: report).filter { $0.fork > 1 }
                return Quantile.median(
                    of: later.compactMap { $0[window].quantile(quantile.share) }.map { Double($0) })
            }
        case .threadStall(let thread):
            Row(
                thread.rawValue, .nanoseconds,
                "the longest that the first fork held up \(thread.words)"
            ) { report in Self.stalls(thread, .during, report) { $0 == 1 }.first }
        case .laterThreadStall(let thread):
            Row(
                "later_\(thread.rawValue)", .nanoseconds,
                "median over all later forks of the longest that each held up \(thread.words)"
            ) { report in Quantile.median(of: Self.stalls(thread, .during, report) { $0 > 1 }) }
        case .threadStallBefore(let thread):
            Row(
                "\(thread.rawValue)_before", .nanoseconds,
                "the longest that \(thread.words) was held up before the first fork"
            ) { report in Self.stalls(thread, .before, report) { $0 == 1 }.first }
        case .faults(let phase):
            Row(
                "faults_\(phase.rawValue)", .count, "page faults of the acting process in: \(phase.meaning)"
            ) { report in
                Self.timing(phase, report).map { Double($0.minorFaults + $0.majorFaults) }
            }
        case .deepestForkStall:
            Row(
                "deepest_fork_stall", .nanoseconds,
                "how long the caller of fork waits, median in the deepest generation that forked"
            ) { report in
                let depth = report.timings.map(\.depth).max()
                let stalls = report.timings.filter { $0.phase == .forkStall && $0.depth == depth }
                return Quantile.median(of: stalls.map { Double($0.nanoseconds) })
            }
        case .pageTables:
            Row("page_tables", .bytes, "page tables of the parent before the first fork") { report in
                report.usages.first { $0.boundary == .beforeFork }.map { Double($0.parent.pageTables) }
            }
        case .memoryCost:
            Row(
                "memory_cost", .bytes,
                "growth of anonymous memory and page tables of parent and child, from before the first fork to the peak"
            ) { Self.growth(in: $0) { Double($0.anonymousCost) } }
        case .parentMemory(let moment):
            Row(
                moment.rawValue, .bytes,
                "growth of the parent's anonymous memory, if its heap lies in a pool, from before the first fork \(moment.words)"
            ) { report in
                guard report.placement.map({ $0.kind != .anonymous }) ?? false else { return nil }
                return Self.growth(in: report, at: moment) { Double($0.parent.rssAnon) }
            }
        case .fold(let amount):
            Row(amount.rawValue, amount.unit, better: amount == .bytes ? nil : .lower, amount.meaning) {
                report in
                report.folds?.first { $0.fork == 1 }.flatMap { amount.value($0.tally) }
            }
        case .systemMemoryCost:
            Row(
                "system_memory_cost", .bytes,
                "growth of the whole system's AnonPages, Shmem and PageTables: only for quiet machines"
            ) { Self.growth(in: $0, glance: \.memory) { Double($0.system.unreclaimable) } }
        case .fileSystemCost:
            Row(
                "file_system_cost", .bytes,
                "space that the pool's file system lost, from before the first fork to the peak"
            ) { Self.growth(in: $0, glance: \.space) { $0.fileSystem.map { Double($0.used) } } }
        case .bytesWritten:
            Row(
                "bytes_written", .bytes,
                "bytes that parent and child sent to storage, from before the first fork to the child's end"
            ) { Self.growth(in: $0) { Double($0.written.bytes) } }
        case .deviceBytesWritten:
            Row(
                "device_bytes_written", .bytes,
                "bytes that reached the device in that time, whoever wrote them: only for quiet machines"
            ) { Self.growth(in: $0) { $0.deviceWritten.map { Double($0) } } }
        case .childMemory:
            Row(
                "child_memory", .bytes,
                "mean Pss of the children when all have written their shares"
            ) { report in
                let usage = report.usages.first {
                    $0.boundary == .afterChildWrite && $0.fork == 1 && $0.depth == 1
                }
                return usage.flatMap { usage in
                    usage.child.map { Double($0.pss) / Double(max(1, usage.children)) }
                }
            }
        case .operationsPerSecond:
            Row(
                "operations_per_second", .perSecond, better: .higher,
                "pairs of malloc and free per second, all threads together"
            ) { $0.operationsPerSecond }
        case .startUp:
            Row(
                "start_up", .nanoseconds, "the median time from posix_spawn of the program to its end"
            ) { $0.startNanoseconds.map { Double($0) } }
        case .startCount(let count):
            Row(
                count.rawValue, count == .peakMemory ? .bytes : .count, count.words
            ) { $0.startCounts.flatMap(count.value) }
        case .usableShare(let heap):
            Row(
                heap.rawValue, .share, better: .higher,
                "the share of the pool that blocks can use, \(heap.words)"
            ) { report in report.usableShares.flatMap(heap.share) }
        case .runnerShare:
            Row(
                "runner_share", .share,
                "the processor time of the runner, as a share of that of the trial",
                .times { trial, runner in trial > 0 ? Double(runner) / Double(trial) : nil })
        case .longestGap:
            Row(
                "longest_gap", .nanoseconds,
                "the longest time without any answer to the probe, from the first trigger on"
            ) { $0.program?.longestGaps.first.map { Double($0) } }
        case .own(let name, let unit):
            // A program's count may mean anything.
            Row(
                name, unit, better: unit == .count ? nil : unit == .perSecond ? .higher : .lower,
                "\(name), as the program reports it after the first trigger"
            ) { report in
                report.program?.numbers.first { $0.name == name && $0.fork == 1 }?.value
            }
        case .laterOwn(let name, let unit):
            Row(
                Self.laterPrefix + name, unit,
                better: unit == .count ? nil : unit == .perSecond ? .higher : .lower,
                "median over all later triggers of \(name), as the program reports it"
            ) { report in
                let later = report.program?.numbers.filter { $0.name == name && $0.fork > 1 } ?? []
                return Quantile.median(of: later.map(\.value))
            }
        }
    }
}

/// Finds the values in a report.
extension Metric {
    private static func timing(_ phase: Phase, _ report: WorkloadReport) -> WorkloadReport.Timing? {
        report.timings.first { $0.phase == phase && $0.fork <= 1 && $0.depth <= 1 }
    }

    private static func later(_ phase: Phase, _ report: WorkloadReport) -> [Double] {
        report.timings.filter { $0.phase == phase && $0.fork > 1 && $0.depth == 1 }
            .map { Double($0.nanoseconds) }
    }

    /// The latencies seen by the probes of a store or a program, not those of threads.
    private static func requests(in report: WorkloadReport) -> [LatencyProfile] {
        let threads = StalledThread.allCases.map(\.probe)
        return report.latencies.filter { !threads.contains($0.probe) }
    }

    /// The longest that a thread was held up, at each of the forks in question.
    private static func stalls(
        _ thread: StalledThread, _ window: LatencyWindow, _ report: WorkloadReport, _ isMeant: (Int) -> Bool
    ) -> [Double] {
        report.latencies.filter { isMeant($0.fork) && $0.probe == thread.probe }
            .compactMap { $0[window].quantile(1) }.map { Double($0) }
    }

    private static func time(_ step: ForkStep, _ accounts: WorkloadReport.Accounts) -> Double? {
        step.nanoseconds(parent: accounts.parent, child: accounts.child).map { Double($0) }
    }

    private static func growth(
        in report: WorkloadReport, glance: (ProgramRecord.HighestGlance) -> Int64? = { _ in nil },
        _ value: (WorkloadReport.Usage) -> Double?
    ) -> Double? {
        let usages = report.usages.filter { $0.fork == 1 && $0.depth == 1 }
        let glances = (report.program?.glances ?? []).filter { $0.fork == 1 }.compactMap(glance)
        let later = usages.filter { $0.boundary != .beforeFork }.compactMap(value) + glances.map(Double.init)
        guard let before = usages.first(where: { $0.boundary == .beforeFork }).flatMap(value),
            let peak = later.max()
        else { return nil }
        return peak - before
    }
}

extension Metric {
    /// The growth from before the first fork to `moment`.
    private static func growth(
        in report: WorkloadReport, at moment: ParentMemory, _ value: (WorkloadReport.Usage) -> Double
    ) -> Double? {
        let usages = report.usages.filter { $0.fork == 1 && $0.depth == 1 }
        func usage(_ boundary: Boundary) -> WorkloadReport.Usage? {
            usages.first { $0.boundary == boundary }
        }
        guard let before = usage(.beforeFork).map(value) else { return nil }
        let then: Double? =
            switch moment {
            case .peak:
                usages.filter { ![.beforeFork, .afterExit, .afterFold].contains($0.boundary) }.map(value)
                    .max()
            case .left: (usage(.afterFold) ?? usage(.afterExit)).map(value)
            }
        return then.map { $0 - before }
    }
}

extension WorkloadReport.Accounts {
    /// The account of the side that copied; that of the parent where nobody did.
    fileprivate var ofTheCopy: ForkAccount? { parent?.action == .deferred ? child : parent }
}

extension Phase {
    fileprivate var meaning: String {
        switch self {
        case .fill: "filling the heap before the first fork"
        case .forkStall: "how long the caller of fork waits"
        case .spawn: "from the call of fork until the child has executed its program and ended"
        case .startAll: "forking all the children of a process, until the last child runs"
        case .childFirstInstruction: "from just before fork until it has returned in the child"
        case .parentFirstWrite: "the parent's first write to each block of its share after the fork"
        case .childFirstWrite: "the child's first write to each block of its share"
        case .childFirstRead: "the child's first read of the blocks that it did not write"
        case .parentFirstRead: "the parent's first read of every block after the fork"
        case .parentReallocate: "the parent frees and allocates its share again"
        case .childReallocate: "the child frees and allocates its share again"
        case .childExit: "from the child's last instruction until the parent learns that it is gone"
        case .fold: "the call of vmmalloc_fold() in the parent when the child is gone"
        }
    }
}

extension ForkStep {
    fileprivate var meaning: String {
        switch self {
        case .reserve: "the part of fork before any lock, in which it may be refused"
        case .prepare: "the part of fork with the allocator's locks held: remap or copy"
        case .kernelFork: "the kernel's fork, and the wait for a processor"
        case .resumeParent: "the parent's handler after the fork"
        case .resumeChild: "the child's handler after the fork, without its copy"
        case .childCopy: "the copy that the child makes before its fork returns"
        }
    }
}

extension LatencyWindow {
    fileprivate var words: String {
        switch self {
        case .before: "answered before the first fork"
        case .during: "that the first fork can have held up"
        case .after: "due after the first fork, while the child lived"
        case .afterExit: "due after the child was gone"
        }
    }
}

extension Metric.LatencyQuantile {
    fileprivate var words: String {
        self == .max ? "the longest latency" : "the \(share) quantile of the latency"
    }
}

extension Metric.StalledThread {
    fileprivate var words: String {
        switch self {
        case .allocating: "a thread of the parent that allocates and frees"
        case .computing: "a thread of the parent that only computes"
        }
    }
}

extension Metric.FilledHeap {
    fileprivate func share(_ shares: WorkloadReport.UsableShares) -> Double? {
        switch self {
        case .fresh: shares.fresh
        case .afterRun: shares.afterRun
        case .afterFree: shares.afterFree
        }
    }

    fileprivate var words: String {
        switch self {
        case .fresh: "fresh"
        case .afterRun: "after a long random run with the pool full"
        case .afterFree: "after everything was freed"
        }
    }
}

extension Metric.ParentMemory {
    fileprivate var words: String {
        switch self {
        case .peak: "to its peak while the child lived"
        case .left: "to when the child was gone, and the heap folded where it was to be"
        }
    }
}

extension Metric.FoldAmount {
    fileprivate var unit: Quantity.Unit { self == .bytes ? .bytes : .nanoseconds }

    fileprivate func value(_ tally: FoldTally) -> Double? {
        switch self {
        case .time: Double(tally.foldNs)
        case .pause: Double(tally.longestNs)
        case .bytes: Double(tally.bytes)
        case .timePerPage: tally.bytes > 0 ? Double(tally.foldNs) * 4096 / Double(tally.bytes) : nil
        }
    }

    fileprivate var meaning: String {
        switch self {
        case .time: "all runs of folds after the first fork, added up"
        case .pause: "the longest run of a fold after the first fork, for which the program paused"
        case .bytes: "bytes that folds wrote to the pool file after the first fork"
        case .timePerPage: "runs of folds after the first fork, for each 4 KiB that they wrote"
        }
    }
}

extension Metric.ForkBytes {
    fileprivate var meaning: String {
        switch self {
        case .live: "bytes in use when the first fork began, as the library reports"
        case .copied: "bytes that the copy of the first fork wrote or moved"
        case .shared: "bytes that the files of parent and child share after the first fork"
        }
    }
}
