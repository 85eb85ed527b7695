import LabBase
import LabMetrics
import LabRun
import LabScenario
import LabStatistics

/// A comparison of two runs of one scenario: did NEW get worse than BASE?
package struct RunComparison: Codable, Sendable {
    /// The answer.
    package enum Outcome: String, Codable, Sendable {
        /// Everything that was judged is certainly not worse.
        case noRegression = "no_regression"
        /// Something is worse.
        case regression
        /// Nothing is shown to be worse, but something may be.
        case inconclusive
    }

    /// One metric of one cell.
    package struct Row: Codable, Sendable {
        /// The cell in which it was measured.
        package let cell: Cell
        /// The name of the metric.
        package let metric: String
        /// The unit of its values.
        package let unit: Quantity.Unit
        /// The comparison, with its verdict.
        package let comparison: Comparison
    }

    /// Version of this record.
    var schema = 1
    /// The directory of BASE.
    package let base: String
    /// The directory of NEW.
    package let new: String
    /// The share that a difference must exceed to count.
    package let minimumEffect: Double
    /// The answer.
    package let outcome: Outcome
    /// What was judged, in the order of the matrix.
    package let rows: [Row]
    /// References on one machine with one kernel: nothing about them has changed, so any difference here is the machine's.
    package let controls: [Row]
    /// Everything that held in BASE and does not hold in NEW.
    package let breaks: [SemanticBreak]
    /// Everything that was measured or decided in BASE and not in NEW: "mode=2 file_system=xfs", "mode=1: fork_stall".
    package let missing: [String]
    /// Everything that was measured only in NEW.
    package let added: [String]
    /// How the forks went another way.
    package let changes: [Difference]
    /// How the machines differ.
    package let machines: [Difference]
    /// How the builds and settings differ.
    package let builds: [Difference]

    /// Compares the contents of two result directories.
    ///
    /// `metrics` are names; if empty, the usual metrics are judged. Throws `InputError` if there is nothing to compare.
    package init(
        base: ResultDirectory, new: ResultDirectory, metrics: [String] = [], minimumEffect: Double = 0.05
    ) throws(InputError) {
        guard minimumEffect > 0, minimumEffect <= 10 else {
            throw InputError("--minimum-effect", "\(minimumEffect) is not valid; give a share such as 0.05")
        }
        let judged = try JudgedMetrics.named(metrics, own: base.scenario.workload.ownMetrics)
        self.base = base.path
        self.new = new.path
        self.minimumEffect = minimumEffect
        machines = EnvironmentDifferences.machines(base.manifests, new.manifests)
        let scenario = Difference("scenario", base.scenario.name, new.scenario.name)
        builds = [scenario].compactMap { $0 } + EnvironmentDifferences.builds(base.manifests, new.manifests)

        let (before, now) = (base.summary, new.summary)
        let pairs = before.cells.compactMap { old in
            now.cells.first { $0.cell == old.cell }.map { (base: old, new: $0) }
        }
        guard !pairs.isEmpty else {
            throw InputError(
                new.path, "has no cell in common with \(base.path); give two runs of one scenario")
        }
        breaks =
            SemanticBreaks.inChecks(pairs) + SemanticBreaks.inAnswers(pairs)
            + SemanticBreaks.inExpectations(before.expectations, now.expectations)
        changes = SemanticBreaks.changes(pairs)
        missing = Self.missing(before.cells, now.cells, judged) + SemanticBreaks.notDecided(pairs)
        added = now.cells.map(\.cell).filter { cell in !before.cells.contains { $0.cell == cell } }
            .map(\.description)

        let sameMachine = machines.isEmpty
        let isControl = { (cell: Cell) in sameMachine && cell["reference"] != nil }
        controls = Self.judge(pairs.filter { isControl($0.base.cell) }, judged, minimumEffect)
        rows = Self.judge(pairs.filter { !isControl($0.base.cell) }, judged, minimumEffect)
        // A run that only decides properties has no times.
        let isDecided = pairs.contains { !SemanticBreaks.kept(in: $0.base).isEmpty }
        guard isDecided || !(rows + controls).isEmpty else {
            throw InputError(
                new.path,
                "has none of the metrics \(judged.map(\.name).joined(separator: ", ")) in common "
                    + "with \(base.path)")
        }
        outcome = Self.outcome(rows, breaks, missing, isDecided: isDecided)
    }

    private static func judge(
        _ pairs: [(base: CellSummary, new: CellSummary)], _ metrics: [Metric], _ minimumEffect: Double
    ) -> [Row] {
        var places: [(Cell, Metric)] = []
        var contrasts: [Contrast] = []
        for (base, new) in pairs {
            for metric in metrics {
                guard let contrast = base.contrast(to: new, metric, minimumEffect: minimumEffect) else {
                    continue
                }
                places.append((base.cell, metric))
                contrasts.append(contrast)
            }
        }
        return zip(places, Comparison.judge(contrasts)).map { place, comparison in
            Row(cell: place.0, metric: place.1.name, unit: place.1.unit, comparison: comparison)
        }
    }

    private static func missing(
        _ before: [CellSummary], _ now: [CellSummary], _ metrics: [Metric]
    ) -> [String] {
        before.flatMap { old -> [String] in
            guard let new = now.first(where: { $0.cell == old.cell }) else { return [old.cell.description] }
            return metrics.filter { old.metrics[$0.name] != nil && new.metrics[$0.name] == nil }
                .map { "\(old.cell): \($0.name)" }
        }
    }

    private static func outcome(
        _ rows: [Row], _ breaks: [SemanticBreak], _ missing: [String], isDecided: Bool
    ) -> Outcome {
        if !breaks.isEmpty || rows.contains(where: { $0.comparison.verdict == .worse }) {
            return .regression
        }
        let isSure = rows.allSatisfy { $0.comparison.excludesRegression }
        let isJudged = isDecided || !rows.isEmpty
        return isSure && missing.isEmpty && isJudged ? .noRegression : .inconclusive
    }
}
