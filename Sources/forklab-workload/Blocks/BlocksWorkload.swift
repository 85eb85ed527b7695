import Measurement

/// A workload whose heap holds blocks, and that does nothing beside its rounds.
enum BlocksWorkload {
    /// Runs all of it as the workload `name`.
    static func run(
        _ name: String, _ settings: ForkFamily.Settings, _ options: RoundOptions, _ probing: ProbeOptions,
        _ reporting: ReportOptions
    ) throws {
        try options.applyToProcess()
        var workload = try RoundsWorkload<BlockTable>(
            settings, pool: try PoolExpectation.fromEnvironment(),
            report: reporting.makeReport(workload: name))
        let table = try options.fillBlocks(&workload)
        try workload.runProbed(table, probing, emit: reporting.emit)
    }
}
