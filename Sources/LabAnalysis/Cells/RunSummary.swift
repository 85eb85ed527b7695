import Algorithms
import LabBase
import LabMetrics
import LabRun
import LabScenario
import LabStatistics
import Measurement
import WorkloadSchema

/// The summary of a cell's samples.
package struct CellSummary: Codable, Sendable {
    /// The cell.
    package let cell: Cell
    /// The number of trials that count.
    package let trials: Int
    /// The distribution of each metric that was measured, by its name.
    package let metrics: [String: SampleSummary]
    /// The units of those metrics that the program reported, by name.
    let ownUnits: [String: Quantity.Unit]
    /// Every effect of the forks on the heap that was seen.
    package let effects: [ForkEffect]
    /// Every action that the library reported.
    package let actions: [ForkAccount.Action]
    /// For each check that was made, every outcome that was seen, warm-up included.
    let checks: [String: [Outcome]]
    /// The distinct answers about each property of fork that was decided, warm-up included.
    package let answers: [String: [PropertyAnswer]]
    /// What fork still meant in the cell.
    package let correctness: Correctness

    /// Summarises the samples of `cell` among `samples`.
    init(_ cell: Cell, samples: [Sample], libraries: Set<String>, impossible: [ForkAccount.Action] = []) {
        let own = samples.filter { $0.cell == cell }
        let counted = own.filter { !$0.warmUp }
        self.cell = cell
        trials = counted.count
        var metrics: [String: SampleSummary] = [:]
        let told = Metric.own(in: counted.compactMap(\.report))
        ownUnits = Dictionary(told.map { ($0.name, $0.unit) }) { first, _ in first }
        for metric in Metric.all + told {
            metrics[metric.name] = SampleSummary(counted.compactMap { metric.value(in: $0) })
        }
        self.metrics = metrics
        effects = own.compactMap(\.report).flatMap(\.effects).uniqued(on: \.self)
        actions = own.compactMap(\.report).flatMap(\.actions).uniqued(on: \.self)
        checks = Self.outcomes(own)
        answers = Self.answers(own)
        correctness = Correctness(own, cell: cell, libraries: libraries, impossible: impossible)
    }

    /// A trial that broke off says nothing about the checks that it did not reach.
    private static func outcomes(_ samples: [Sample]) -> [String: [Outcome]] {
        let verdicts = samples.map { sample in
            Dictionary(grouping: sample.report?.verdicts ?? [], by: \.check).mapValues { $0.map(\.outcome) }
        }
        var outcomes: [String: [Outcome]] = [:]
        for check in Set(verdicts.flatMap(\.keys)) {
            let seen = zip(samples, verdicts).flatMap { sample, verdicts in
                verdicts[check] ?? (sample.report?.complete == true ? [] : [.unknown])
            }
            outcomes[check.rawValue] = seen.uniqued(on: \.self)
        }
        return outcomes
    }

    /// One answer per verdict: details such as the number of changed blocks may differ from trial to trial.
    private static func answers(_ samples: [Sample]) -> [String: [PropertyAnswer]] {
        let all = samples.compactMap(\.report).flatMap { $0.answers ?? [] }
        return Dictionary(grouping: all, by: \.property.rawValue).mapValues { answers in
            answers.map(\.verdict).uniqued().compactMap { verdict in
                answers.first { $0.verdict == verdict }
            }
        }
    }

    /// Every metric that a program reported, sorted by name.
    package var ownMetrics: [Metric] {
        ownUnits.sorted { $0.key < $1.key }.map { Metric(ownName: $0.key, unit: $0.value) }
    }

    /// Whether the cell ran a program, which forklab only sees from outside.
    package var isProgram: Bool { !ownUnits.isEmpty || median(.longestGap) != nil }

    /// The median of a metric; nil if it was not measured.
    package func median(_ metric: Metric) -> Double? { metrics[metric.name]?.median }

    /// `other` compared with this cell; nil if either was not measured or neither direction of the metric is better.
    func contrast(to other: CellSummary, _ metric: Metric, minimumEffect: Double) -> Contrast? {
        guard let own = metrics[metric.name], let others = other.metrics[metric.name],
            let lowerIsBetter = metric.lowerIsBetter
        else { return nil }
        return Contrast(
            own.values, others.values,
            Contrast.Measure(
                lowerIsBetter: lowerIsBetter, minimumEffect: minimumEffect,
                leastDifference: metric.leastDifference))
    }
}

/// The answer of a run: everything that the table, summary.md and `--json` show.
package struct RunSummary: Codable, Sendable {
    /// Version of this record.
    var schema = 1
    /// Name of the scenario.
    let scenario: String
    /// Its title.
    package let title: String
    /// Its question.
    package let question: String
    /// The file systems that the pools were on.
    package let fileSystems: [UsableFileSystem]
    /// What was left out, and why.
    package let skipped: [Skipped]
    /// The cells, in the order of the matrix.
    package let cells: [CellSummary]
    /// Values far from the others of their cell. They count all the same.
    package let outliers: [Outlier]
    /// What became of the expectations.
    package let expectations: [ExpectationResult]
    /// Trials of the plan made so far, warm-up included.
    package let trialsDone: Int
    /// Trials planned, warm-up included.
    package let trialsPlanned: Int

    /// How the last run ended; nil if it was killed.
    package let end: EnvironmentManifest.End?

    /// Whether trials are missing.
    package var incomplete: Bool { trialsDone < trialsPlanned }

    /// Whether every expectation held and no cell is broken.
    package var passed: Bool {
        expectations.allSatisfy(\.held) && cells.allSatisfy { $0.correctness.status != .broken }
    }

    /// Summarises the samples made so far; `libraries` are the paths of the library under test on the
    /// hosts that were used.
    init(
        scenario: Scenario, plan: Plan, fileSystems: [UsableFileSystem], skipped: [Skipped],
        samples: [Sample], libraries: Set<String>, end: EnvironmentManifest.End? = .complete
    ) {
        self.scenario = scenario.name
        title = scenario.title
        question = scenario.question
        self.fileSystems = fileSystems
        let measured = Set(samples.map(\.cell))
        let cells = plan.cells.filter(measured.contains).map { cell in
            let place = cell["file_system"]
            let impossible = fileSystems.first { $0.name == place }?.impossibleActions ?? []
            return CellSummary(cell, samples: samples, libraries: libraries, impossible: impossible)
        }
        self.cells = cells
        outliers = Outlier.find(in: samples, cells: cells.map(\.cell))
        // An expectation about cells that were never to be measured is neither held nor missed.
        let unasked = scenario.expectations.filter { expectation in
            expectation.selectors.contains { selector in !plan.cells.contains { $0.matches(selector) } }
        }
        self.skipped =
            skipped + unasked.map { Skipped(what: $0.text, reason: "what it is about is left out") }
        expectations = scenario.expectations.filter { !unasked.contains($0) }.flatMap { $0.evaluate(cells) }
        self.end = end
        trialsDone = plan.steps.count - plan.missing(in: samples).count
        trialsPlanned = plan.steps.count
    }
}
