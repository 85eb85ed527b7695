import WorkloadSchema

/// A workload whose heap consists of blocks, and that does nothing beside its rounds.
enum BlocksWorkload {
    /// Runs it from start to finish as the workload `kind`.
    static func run(
        _ kind: WorkloadKind, _ settings: ForkFamily.Settings, _ options: RoundOptions
    ) throws {
        var workload: RoundsWorkload<BlockTable> = try options.begin(kind, settings)
        let table = try options.fillBlocks(&workload)
        try workload.runProbed(table, options)
    }
}
