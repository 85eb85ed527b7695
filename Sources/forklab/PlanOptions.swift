import ArgumentParser
import CommandLineTool
import LabRun

/// The options of `run` and `describe` that say which part of a scenario to run.
struct PlanOptions: ParsableArguments {
    @Option(
        help: "Measured trials of each cell, 1 to 100000 (default: the scenario's).",
        transform: NumberArgument.wholeNumber)
    var trials: Int?

    @Option(
        help:
            "Only the cells with these values: key=value or key=value,value, with keys as in the scenario's matrix. May be repeated."
    )
    var filter: [String] = []

    @Option(help: "Stop before a pass over all cells that would exceed this time: 90s, 10m, 2h.")
    var timeBudget: String?

    @Option(
        help:
            "Only part i of n of the trials of each cell, as i/n: 2/5; \"forklab merge\" puts the parts together."
    )
    var shard: String?

    /// The options, checked. Throws an `InputError` that names the option.
    func parse() throws -> RunOptions {
        try RunOptions(trials: trials, filters: filter, shard: shard, timeBudget: timeBudget)
    }
}
