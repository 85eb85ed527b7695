import LabBase
import LabRun
import LabScenario

/// What a run of a scenario would do here: `forklab describe`.
package struct PlanDescription: Codable, Sendable {
    /// The name of the scenario.
    let scenario: String
    /// Its title.
    let title: String
    /// Its question.
    let question: String
    /// Measured trials of each cell, in all shards together.
    let trials: Int
    /// Warm-up trials of each cell before those.
    let warmUp: Int
    /// The seed of their order.
    let seed: UInt64
    /// The shard: "1/1" for all trials.
    let shard: String
    /// The cells, in the order of the matrix.
    let cells: [Cell]
    /// The file systems that the pools will be on.
    let fileSystems: [UsableFileSystem]
    /// Everything that cannot be measured here, and why.
    let skipped: [Skipped]
    /// The expectations that will be checked.
    let expectations: [String]
    /// Trials to make, warm-up included.
    let trialsPlanned: Int
    /// Nanoseconds that they will probably take, judging by an earlier run; nil if there is none.
    let estimatedTime: UInt64?
    /// The directory of that run.
    let estimatedFrom: String?
    /// Nanoseconds that they would take if each were killed at its timeout.
    let longestTime: UInt64
    /// Nanoseconds after which the run is cut short; nil if it is not.
    let timeBudget: UInt64?

    /// Plans `scenario` and estimates its time from `earlier`. Throws `InputError` if an option does not fit.
    package init(
        _ scenario: Scenario, options: RunOptions, selection: FileSystemSelection, earlier: EarlierRun?
    ) throws(InputError) {
        let part = try options.plan(scenario, selection: selection)
        self.scenario = scenario.name
        title = scenario.title
        question = scenario.question
        trials = part.scenario.trials
        warmUp = scenario.warmUp
        seed = scenario.seed
        shard = options.shard.description
        cells = part.plan.cells
        fileSystems = selection.usable
        skipped = part.obstacles.skipped
        expectations = scenario.expectations.map(\.text)
        trialsPlanned = part.plan.steps.count
        longestTime = UInt64(trialsPlanned) * scenario.timeout.nanoseconds
        estimatedTime = earlier?.times.expected(part.plan.steps)
        estimatedFrom = earlier?.directory
        timeBudget = (options.timeBudget ?? scenario.timeBudget)?.nanoseconds
    }

    /// The description as text for a terminal.
    package var text: String {
        let labels = CellLabels(cells)
        let common = cells.first.map { cell in
            cell.orderedKeys.filter { !Cell.leadingKeys.contains($0) && !labels.varyingKeys.contains($0) }
                .map { "\($0)=\(cell[$0] ?? "")" }
        }
        let part = shard == Shard.whole.description ? "" : ", shard \(shard) of them"
        return [
            [title, "  \(question)"],
            [
                "\(cells.count == 1 ? "1 cell" : "\(cells.count) cells, each") with \(warmUp) warm-up and \(trials) measured trials\(part): "
                    + "\(trialsPlanned) trials", time,
            ],
            ["Cells:"] + cells.map { "  \(labels.label($0))" },
            section("The same in all cells:", [(common ?? []).joined(separator: " ")]),
            section("File systems:", fileSystems.map(\.description)),
            section("Skipped here:", skipped.map(\.description)),
            section("Expected:", expectations),
        ].filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private var time: String {
        let longest =
            "at most \(Duration.nanoseconds(longestTime).inWords), if each trial takes until its timeout"
        let known = estimatedTime.map {
            "about \(Duration.nanoseconds($0).inWords), as in \(estimatedFrom ?? ""); "
        }
        let budget = timeBudget.map { "; cut short after \(Duration.nanoseconds($0).inWords)" } ?? ""
        return "Time: \(known ?? "not known before a first run; ")\(longest)\(budget)"
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        let lines = lines.filter { !$0.isEmpty }
        return lines.isEmpty ? [] : [title] + lines.map { "  \($0)" }
    }
}
