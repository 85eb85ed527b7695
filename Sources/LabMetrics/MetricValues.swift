import LabStatistics
import Measurement
import WorkloadSchema

extension Metric {
    /// Its value in `report`; nil if the workload did not get that far.
    package func value(in report: WorkloadReport) -> Double? {
        switch self {
        case .phase(let phase):
            return Self.timing(phase, report).map { Double($0.nanoseconds) }
        case .faults(let phase):
            return Self.timing(phase, report).map { Double($0.minorFaults + $0.majorFaults) }
        case .deepestForkStall:
            let depth = report.timings.map(\.depth).max()
            let stalls = report.timings.filter { $0.phase == .forkStall && $0.depth == depth }
            return Quantile.median(of: stalls.map { Double($0.nanoseconds) })
        case .latency(let window, let quantile):
            return Self.requests(in: report).first { $0.fork == 1 }
                .flatMap { $0[window].quantile(quantile.share) }.map { Double($0) }
        case .laterLatency(let window, let quantile):
            let later = Self.requests(in: report).filter { $0.fork > 1 }
            return Quantile.median(
                of: later.compactMap { $0[window].quantile(quantile.share) }.map { Double($0) })
        case .threadStall(let thread):
            return Self.stalls(thread, .during, report) { $0 == 1 }.first
        case .laterThreadStall(let thread):
            return Quantile.median(of: Self.stalls(thread, .during, report) { $0 > 1 })
        case .threadStallBefore(let thread):
            return Self.stalls(thread, .before, report) { $0 == 1 }.first
        case .laterPhase(let phase):
            return Quantile.median(of: Self.later(phase, report))
        case .laterTail(let phase):
            let later = Self.later(phase, report).sorted()
            return later.isEmpty ? nil : Quantile.of(later, 0.99)
        case .tornBlocks: return report.tornBlocks?.perThousand
        case .step(let step):
            return report.accounts.first { $0.fork == 1 && $0.depth == 1 }.flatMap { Self.time(step, $0) }
        case .laterStep(let step):
            let later = report.accounts.filter { $0.fork > 1 && $0.depth == 1 }
            return Quantile.median(of: later.compactMap { Self.time(step, $0) })
        case .forkBytes(let bytes):
            return report.accounts.first { $0.fork == 1 && $0.depth == 1 }?.parent.map {
                Double(bytes.amount($0))
            }
        case .torn(let pair):
            return report.pairs.first { $0.pair == pair }?.tornPerThousand
        case .lag(let pair):
            return report.pairs.first { $0.pair == pair && $0.snapshots > 0 }.map { Double($0.medianLag) }
        case .pageTables:
            return report.usages.first { $0.boundary == .beforeFork }.map { Double($0.parent.pageTables) }
        case .memoryCost:
            return growth(in: report) { Double($0.anonymousCost) }
        case .systemMemoryCost:
            return growth(in: report, glance: \.memory) { Double($0.system.unreclaimable) }
        case .fileSystemCost:
            return growth(in: report, glance: \.space) { $0.fileSystem.map { Double($0.used) } }
        case .bytesWritten: return growth(in: report) { Double($0.written.bytes) }
        case .deviceBytesWritten: return growth(in: report) { $0.deviceWritten.map { Double($0) } }
        case .childMemory:
            let usage = report.usages.first {
                $0.boundary == .afterChildWrite && $0.fork == 1 && $0.depth == 1
            }
            return usage.flatMap { usage in
                usage.child.map { Double($0.pss) / Double(max(1, usage.children)) }
            }
        case .operationsPerSecond: return report.operationsPerSecond
        case .startUp: return report.startNanoseconds.map { Double($0) }
        case .usableShare(.fresh): return report.usableShares?.fresh
        case .usableShare(.afterRun): return report.usableShares?.afterRun
        case .usableShare(.afterFree): return report.usableShares?.afterFree
        case .runnerShare: return nil
        case .longestGap: return report.program?.longestGaps.first.map { Double($0) }
        case .own(let name, _):
            return report.program?.numbers.first { $0.name == name && $0.fork == 1 }?.value
        case .laterOwn(let name, _):
            let later = report.program?.numbers.filter { $0.name == name && $0.fork > 1 } ?? []
            return Quantile.median(of: later.map(\.value))
        }
    }

    private static func timing(_ phase: Phase, _ report: WorkloadReport) -> WorkloadReport.Timing? {
        report.timings.first { $0.phase == phase && $0.fork <= 1 && $0.depth <= 1 }
    }

    private static func later(_ phase: Phase, _ report: WorkloadReport) -> [Double] {
        report.timings.filter { $0.phase == phase && $0.fork > 1 && $0.depth == 1 }
            .map { Double($0.nanoseconds) }
    }

    /// What the probes of a store or a program saw, not those of threads.
    private static func requests(in report: WorkloadReport) -> [LatencyProfile] {
        let threads = StalledThread.allCases.map(\.probe)
        return report.latencies.filter { !threads.contains($0.probe) }
    }

    /// How long a thread was held up at most, at each of the forks that are meant.
    private static func stalls(
        _ thread: StalledThread, _ window: LatencyWindow, _ report: WorkloadReport, _ isMeant: (Int) -> Bool
    ) -> [Double] {
        report.latencies.filter { isMeant($0.fork) && $0.probe == thread.probe }
            .compactMap { $0[window].quantile(1) }.map { Double($0) }
    }

    private static func time(_ step: ForkStep, _ accounts: WorkloadReport.Accounts) -> Double? {
        step.nanoseconds(parent: accounts.parent, child: accounts.child).map { Double($0) }
    }

    private func growth(
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
