import WorkloadSchema

/// A workload whose heap holds blocks, and that does nothing beside its rounds.
enum BlocksWorkload {
    /// Runs all of it as the workload `kind`.
    static func run(
        _ kind: WorkloadKind, _ settings: ForkFamily.Settings, _ options: RoundOptions
    ) throws {
        var workload: RoundsWorkload<BlockTable> = try options.begin(kind, settings)
        let table = try options.fillBlocks(&workload)
        try workload.runProbed(table, options)
    }
}
