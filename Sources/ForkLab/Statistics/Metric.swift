import Measurement

/// A number that can be read from a workload's report, under the name that scenarios and reports use.
public enum Metric: Hashable, Sendable {
    /// The duration of a phase of the first fork.
    case phase(Phase)
    /// The median duration of a phase over all later forks: `later_fork_stall`.
    case laterPhase(Phase)
    /// A step of the first fork, as the library says.
    case step(ForkStep)
    /// The median of a step over all later forks: `later_prepare`.
    case laterStep(ForkStep)
    /// Bytes of the first fork, as the library says.
    case forkBytes(ForkBytes)
    /// Snapshots among a thousand in which a pair of words was torn: `torn_far_ascending`.
    case torn(PairPlacement)
    /// By how much the second word was newer in the median snapshot: `lag_low_heap_to_global`.
    case lag(PairPlacement)
    /// Page tables of the parent before the first fork.
    case pageTables
    /// How much anonymous memory and page tables of parent and child grew from before the first fork to
    /// their peak.
    case memoryCost
    /// The same of the whole system's AnonPages, Shmem and PageTables: only for quiet machines.
    case systemMemoryCost
    /// How much space the pool's file system lost from before the first fork to its peak.
    case fileSystemCost
    /// Pairs of malloc and free a second.
    case operationsPerSecond

    /// Amounts that the library tells. The raw value is the metric's name.
    public enum ForkBytes: String, CaseIterable, Sendable {
        /// In use when the fork began.
        case live = "bytes_live"
        /// Written or moved by the copy.
        case copied = "bytes_copied"
        /// Shared by the files of parent and child.
        case shared = "bytes_shared"

        fileprivate func amount(_ account: ForkAccount) -> UInt64 {
            switch self {
            case .live: account.bytesLive
            case .copied: account.bytesCopied
            case .shared: account.bytesShared
            }
        }
    }

    /// What the values count.
    public enum Unit: String, Codable, Sendable {
        /// Nanoseconds.
        case nanoseconds
        /// Bytes.
        case bytes
        /// Operations a second.
        case perSecond = "per_second"
        /// Of a thousand.
        case perThousand = "per_thousand"
    }

    /// Every metric.
    public static let all: [Metric] =
        Phase.allCases.map(Metric.phase) + [
            .pageTables, .memoryCost, .systemMemoryCost, .fileSystemCost, .operationsPerSecond,
        ] + ForkStep.allCases.map(Metric.step) + ForkBytes.allCases.map(Metric.forkBytes)
        + PairPlacement.allCases.map(Metric.torn) + PairPlacement.allCases.map(Metric.lag)
        + Phase.allCases.filter { $0 != .fill }.map(Metric.laterPhase)
        + ForkStep.allCases.map(Metric.laterStep)

    /// The metric of that name; nil if there is none.
    public init?(name: String) {
        guard let metric = Metric.all.first(where: { $0.name == name }) else { return nil }
        self = metric
    }

    /// Its name: "fork_stall".
    public var name: String {
        switch self {
        case .phase(let phase): phase.rawValue
        case .laterPhase(let phase): "later_\(phase.rawValue)"
        case .step(let step): step.rawValue
        case .laterStep(let step): "later_\(step.rawValue)"
        case .forkBytes(let bytes): bytes.rawValue
        case .torn(let pair): "torn_\(pair.rawValue)"
        case .lag(let pair): "lag_\(pair.rawValue)"
        case .pageTables: "page_tables"
        case .memoryCost: "memory_cost"
        case .systemMemoryCost: "system_memory_cost"
        case .fileSystemCost: "file_system_cost"
        case .operationsPerSecond: "operations_per_second"
        }
    }

    /// What its values count.
    public var unit: Unit {
        switch self {
        case .phase, .laterPhase, .step, .laterStep, .lag: .nanoseconds
        case .torn: .perThousand
        case .forkBytes, .pageTables, .memoryCost, .systemMemoryCost, .fileSystemCost: .bytes
        case .operationsPerSecond: .perSecond
        }
    }

    /// Whether a lower value is better; nil where neither is.
    public var lowerIsBetter: Bool? {
        switch self {
        case .forkBytes(.live), .forkBytes(.shared), .lag: nil
        default: unit != .perSecond
        }
    }

    /// The amount below which a difference is never called one, in the metric's unit: reading the clock takes some tens
    /// of nanoseconds, and an allocator takes its memory in chunks.
    public var leastDifference: Double {
        switch unit {
        case .nanoseconds: 100
        case .bytes: 65536
        case .perThousand: 1
        case .perSecond: 0
        }
    }

    /// Its value in `report`; nil if the workload did not get that far.
    public func value(in report: WorkloadReport) -> Double? {
        switch self {
        case .phase(let phase):
            return report.timings.first { $0.phase == phase && $0.fork <= 1 && $0.depth <= 1 }
                .map { Double($0.nanoseconds) }
        case .laterPhase(let phase):
            let later = report.timings.filter { $0.phase == phase && $0.fork > 1 && $0.depth == 1 }
            return Quantile.median(of: later.map { Double($0.nanoseconds) })
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
            return growth(in: report) { Double($0.parent.anonymousCost + ($0.child?.anonymousCost ?? 0)) }
        case .systemMemoryCost:
            return growth(in: report) { Double($0.system.unreclaimable) }
        case .fileSystemCost:
            return growth(in: report) { $0.fileSystem.map { Double($0.used) } }
        case .operationsPerSecond: return report.operationsPerSecond
        }
    }

    private static func time(_ step: ForkStep, _ accounts: WorkloadReport.Accounts) -> Double? {
        step.nanoseconds(parent: accounts.parent, child: accounts.child).map { Double($0) }
    }

    private func growth(
        in report: WorkloadReport, _ value: (WorkloadReport.Usage) -> Double?
    ) -> Double? {
        let usages = report.usages.filter { $0.fork == 1 && $0.depth == 1 }
        guard let before = usages.first(where: { $0.boundary == .beforeFork }).flatMap(value),
            let peak = usages.filter({ $0.boundary != .beforeFork }).compactMap(value).max()
        else { return nil }
        return peak - before
    }
}
