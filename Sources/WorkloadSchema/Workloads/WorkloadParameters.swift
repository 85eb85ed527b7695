extension WorkloadKind {
    /// Its parameters, in the order in which docs/workloads.md has them.
    package var parameters: [WorkloadParameter] {
        switch self {
        case .heap:
            Self.rounds + [
                WorkloadParameter("forks", .count(1...1000), "1"),
                WorkloadParameter("depth", .count(1...8), "1"),
            ] + Self.probes(stallRate: "0")
        case .store:
            Self.rounds + [
                WorkloadParameter("rate", .count(1...1_000_000), "2000"),
                WorkloadParameter("threads", .count(1...64), "1"),
                WorkloadParameter("read_share", .share, "0.8"),
                WorkloadParameter("zipf_exponent", .number(0...5), "0.99"),
                WorkloadParameter("quiesce", .flag, "true"),
                WorkloadParameter("forks", .count(1...1000), "1"),
            ] + Self.probes(stallRate: "0")
        case .prefork:
            Self.rounds + [WorkloadParameter("children", .count(1...512), "64")]
                + Self.probes(stallRate: "0")
        case .shell:
            Self.filling + [
                WorkloadParameter("spawns", .count(1...10_000), "200"),
                WorkloadParameter("program", .text, "/bin/true"),
                WorkloadParameter("preload_program", .flag, "true"),
            ] + Self.probes(stallRate: "0")
        case .tree:
            Self.rounds + [
                WorkloadParameter("depth", .count(1...8), "3"),
                WorkloadParameter("width", .count(1...8), "2"),
            ] + Self.probes(stallRate: "0")
        case .writers:
            Self.rounds + [
                WorkloadParameter("threads", .count(1...64), "2"),
                WorkloadParameter("forks", .count(1...1000), "3"),
            ] + Self.probes(stallRate: "2000")
        case .snapshot:
            [
                .poolSize,
                WorkloadParameter("share_in_use", .share, "0.5"),
                WorkloadParameter("threads", .count(1...16), "2"),
                WorkloadParameter("forks", .count(1...100_000), "100"),
                WorkloadParameter("child_deadline", .count(1...3600), "20"),
            ]
        case .throughput:
            [
                .poolSize,
                WorkloadParameter("threads", .count(1...256), "1"),
                WorkloadParameter("live_blocks", .count(1...100_000_000), "10000"),
                WorkloadParameter("duration", .count(1...3_600_000), "1000"),
            ]
        case .start:
            [.poolSize, WorkloadParameter("starts", .count(1...100_000), "50")]
        case .exhaustion:
            [
                .poolSize,
                WorkloadParameter("distribution", .distribution, "mixed"),
                WorkloadParameter("turns", .count(1...100_000), "10"),
            ]
        case .semantics:
            [
                .poolSize,
                WorkloadParameter("share_in_use", .share, "0.5"),
                WorkloadParameter("snapshot_forks", .count(0...100_000), "50"),
                WorkloadParameter("stall_forks", .count(0...1000), "0"),
                .mayFill,
                WorkloadParameter("child_deadline", .count(1...3600), "20"),
            ]
        case .synthetic:
            [
                .poolSize,
                WorkloadParameter("stall_us", .count(1...1_000_000_000), "1000"),
                WorkloadParameter("spread", .share, "0.1"),
            ]
        }
    }

    /// Those of all workloads that fill a heap and fork in rounds.
    private static let filling = [
        .poolSize,
        WorkloadParameter("share_in_use", .share, "0.5"),
        WorkloadParameter("rewrite_share", .share, "0.1"),
        WorkloadParameter("distribution", .distribution, "mixed"),
        WorkloadParameter("child_deadline", .count(1...3600), "20"),
        WorkloadParameter("sync_before_fork", .flag, "false"),
        WorkloadParameter("huge_pages", .flag, "true"),
    ]

    /// Those of all that have children go through the phases.
    private static let rounds = filling + [WorkloadParameter("hold", .count(0...60_000), "0")]

    /// Those of the probes beside a workload.
    private static func probes(stallRate: String) -> [WorkloadParameter] {
        [
            WorkloadParameter("stall_rate", .count(0...100_000), stallRate),
            WorkloadParameter("lead", .count(1...60_000), "200"), .usageRate,
        ]
    }
}
