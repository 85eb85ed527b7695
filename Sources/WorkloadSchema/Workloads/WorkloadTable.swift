/// The one table of the built-in workloads, for everything that needs to know a workload's parameters.
extension WorkloadKind {
    /// Everything there is to know about a workload.
    private struct Row {
        /// Its parameters, in the order in which docs/workloads.md has them.
        let parameters: [WorkloadParameter]
        /// Whether it uses random numbers, and so takes a seed.
        let draws: Bool
        /// Whether it is told the size of the pool, rather than only run in one of that size.
        let isToldPoolSize: Bool
        /// Whether it forks, times the forks, and records their memory and space.
        let forks: Bool

        init(
            _ parameters: [WorkloadParameter], draws: Bool = true, isToldPoolSize: Bool = true,
            forks: Bool = false
        ) {
            self.parameters = parameters
            self.draws = draws
            self.isToldPoolSize = isToldPoolSize
            self.forks = forks
        }
    }

    /// Its parameters, in the order in which docs/workloads.md has them.
    package var parameters: [WorkloadParameter] { row.parameters }

    /// Whether it uses random numbers, and so takes `--seed`.
    package var draws: Bool { row.draws }

    /// Whether forklab-workload is told the size of the pool by `--pool-size`.
    package var isToldPoolSize: Bool { row.isToldPoolSize }

    /// Whether a recommendation can be based on it: it forks, times the forks, and records their memory and space.
    package var forks: Bool { row.forks }

    private var row: Row {
        switch self {
        case .heap:
            Row(
                Self.rounds + [
                    WorkloadParameter("forks", .count(1...1000), "1"),
                    WorkloadParameter("depth", .count(1...8), "1"),
                    WorkloadParameter("write_at_once", .flag, "false"),
                ] + Self.probes(stallRate: "0"), forks: true)
        case .store:
            Row(
                Self.rounds + [
                    WorkloadParameter("rate", .count(1...1_000_000), "2000"),
                    WorkloadParameter("threads", .count(1...64), "1"),
                    WorkloadParameter("read_share", .share, "0.8"),
                    WorkloadParameter("zipf_exponent", .number(0...5), "0.99"),
                    WorkloadParameter("quiesce", .flag, "true"),
                    WorkloadParameter("forks", .count(1...1000), "1"),
                ] + Self.probes(stallRate: "0"), forks: true)
        case .prefork:
            Row(
                Self.rounds + [WorkloadParameter("children", .count(1...512), "64")]
                    + Self.probes(stallRate: "0"), forks: true)
        case .shell:
            Row(
                Self.filling + [
                    WorkloadParameter("spawns", .count(1...10_000), "200"),
                    WorkloadParameter("program", .text, "/bin/true"),
                    WorkloadParameter("preload_program", .flag, "true"),
                ] + Self.probes(stallRate: "0"), forks: true)
        case .tree:
            Row(
                Self.rounds + [
                    WorkloadParameter("depth", .count(1...8), "3"),
                    WorkloadParameter("width", .count(1...8), "2"),
                ] + Self.probes(stallRate: "0"), forks: true)
        case .writers:
            Row(
                Self.rounds + [
                    WorkloadParameter("threads", .count(1...64), "2"),
                    WorkloadParameter("forks", .count(1...1000), "3"),
                ] + Self.probes(stallRate: "2000"), forks: true)
        case .snapshot:
            Row(
                [
                    .poolSize,
                    WorkloadParameter("share_in_use", .share, "0.5"),
                    WorkloadParameter("threads", .count(1...16), "2"),
                    WorkloadParameter("forks", .count(1...100_000), "100"),
                    WorkloadParameter("child_deadline", .count(1...3600), "20"),
                ], draws: false)
        case .throughput:
            Row(
                [
                    .poolSize,
                    WorkloadParameter("threads", .count(1...256), "1"),
                    WorkloadParameter("live_blocks", .count(1...100_000_000), "10000"),
                    WorkloadParameter("duration", .count(1...3_600_000), "1000"),
                ], isToldPoolSize: false)
        case .start:
            Row(
                [
                    .poolSize,
                    WorkloadParameter("starts", .count(1...100_000), "50"),
                    WorkloadParameter("action", .choice(StartedAction.allCases.map(\.rawValue)), "nothing"),
                    WorkloadParameter("action_count", .count(0...1_000_000), "1"),
                    WorkloadParameter("count_instructions", .flag, "false"),
                ], draws: false, isToldPoolSize: false)
        case .exhaustion:
            Row(
                [
                    .poolSize,
                    WorkloadParameter("distribution", .distribution, "mixed"),
                    WorkloadParameter("turns", .count(1...100_000), "10"),
                ])
        case .semantics:
            Row(
                [
                    .poolSize,
                    WorkloadParameter("share_in_use", .share, "0.5"),
                    WorkloadParameter("snapshot_forks", .count(0...100_000), "50"),
                    WorkloadParameter("stall_forks", .count(0...1000), "0"),
                    .mayFill,
                    WorkloadParameter("child_deadline", .count(1...3600), "20"),
                ])
        case .synthetic:
            Row(
                [
                    .poolSize,
                    WorkloadParameter("stall_us", .count(1...1_000_000_000), "1000"),
                    WorkloadParameter("spread", .share, "0.1"),
                ], isToldPoolSize: false)
        }
    }

    /// The parameters of all workloads that fill a heap and fork in rounds.
    private static let filling = [
        .poolSize,
        WorkloadParameter("share_in_use", .share, "0.5"),
        WorkloadParameter("rewrite_share", .share, "0.1"),
        WorkloadParameter("distribution", .distribution, "mixed"),
        WorkloadParameter("child_deadline", .count(1...3600), "20"),
        WorkloadParameter("sync_before_fork", .flag, "false"),
        WorkloadParameter("huge_pages", .flag, "true"),
    ]

    /// The parameters of all workloads whose children go through the phases.
    private static let rounds = filling + [WorkloadParameter("hold", .count(0...60_000), "0")]

    /// The parameters of the probes beside a workload.
    private static func probes(stallRate: String) -> [WorkloadParameter] {
        [
            WorkloadParameter("stall_rate", .count(0...100_000), stallRate),
            WorkloadParameter("lead", .count(1...60_000), "200"), .usageRate,
        ]
    }
}
