import LabBase
import LabScenario

/// What a user requests beyond a run's scenario.
package struct RunOptions: Sendable {
    /// Measured trials of each cell, instead of the scenario's.
    var trials: Int?
    /// The cells to limit it to: "mode=1,2".
    var filters: [String]
    /// The part of it to make.
    package var shard: Shard
    /// How long it may take, instead of the scenario's.
    package var timeBudget: Duration?

    /// Options from their texts on the command line. Throws an `InputError` that names the option.
    package init(
        trials: Int? = nil, filters: [String] = [], shard: String? = nil, timeBudget: String? = nil
    ) throws(InputError) {
        self.trials = trials
        self.filters = filters
        self.shard = try shard.map { text throws(InputError) in try Shard(text) } ?? .whole
        self.timeBudget = try timeBudget.map { text throws(InputError) in
            guard let time = Duration(text: text) else {
                throw InputError("--time-budget", Duration.objection(to: text))
            }
            return time
        }
    }

    /// `scenario` with the requested number of trials, the part of its plan that can be made here, and what
    /// cannot.
    ///
    /// Throws `InputError` if an option does not fit, or if nothing is left to measure.
    package func plan(
        _ scenario: Scenario, selection: FileSystemSelection
    ) throws(InputError) -> (scenario: Scenario, plan: Plan, obstacles: Obstacles) {
        let scenario = try trials.map(scenario.with) ?? scenario
        try shard.check(scenario)
        let obstacles = Obstacles(scenario, selection: selection)
        let plan = Plan(
            scenario, fileSystems: selection.usable.map(\.name), impossible: obstacles.impossible,
            filter: try CellFilter(filters, for: scenario), shard: shard)
        if plan.cells.isEmpty {
            let reasons = obstacles.skipped.map(\.description)
            throw InputError(
                "scenario \(scenario.name)",
                "has no cell that can be measured here: "
                    + (reasons.isEmpty ? "no cell passes all of --filter" : reasons.joined(separator: "; ")))
        }
        return (scenario, plan, obstacles)
    }

    /// The file systems that the run needs. Throws `InputError` if a filter does not fit `scenario`.
    package func fileSystems(of scenario: Scenario) throws(InputError) -> [FileSystemName] {
        let filter = try CellFilter(filters, for: scenario)
        let cells = Plan.cells(of: scenario).filter(filter.keeps)
        return scenario.fileSystems.filter { name in cells.contains { $0["file_system"] == name.text } }
    }
}
