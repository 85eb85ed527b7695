import LabBase
import LabMetrics
import LabScenario
import LabStatistics

/// A value far from the others of its cell: something disturbed the trial.
package struct Outlier: Codable, Equatable, Sendable {
    /// The cell.
    let cell: Cell
    /// The name of the metric.
    let metric: String
    /// The number of the trial within its cell.
    let trial: Int
    /// The trial's place in the plan.
    let sequence: Int
    /// The outlying value.
    let value: Double
    /// The median of the cell.
    let median: Double
    /// The distance between them in standard deviations, estimated from the median absolute deviation.
    let score: Double

    /// The outliers of the judged metrics, in cells with enough trials to tell.
    static func find(in samples: [Sample], cells: [Cell]) -> [Outlier] {
        cells.flatMap { cell -> [Outlier] in
            let own = samples.filter { $0.cell == cell && !$0.warmUp }
            return JudgedMetrics.standard.flatMap { find(in: own, cell: cell, $0) }
        }
    }

    private static func find(in samples: [Sample], cell: Cell, _ metric: Metric) -> [Outlier] {
        let measured = samples.compactMap { sample in metric.value(in: sample).map { (sample, $0) } }
        guard measured.count >= Contrast.leastTrials, let median = Quantile.median(of: measured.map(\.1))
        else { return [] }
        return zip(measured, OutlierDetection.scores(measured.map(\.1))).compactMap { entry, score in
            let (sample, value) = entry
            guard score > OutlierDetection.threshold, abs(value - median) > metric.leastDifference else {
                return nil
            }
            return Outlier(
                cell: cell, metric: metric.name, trial: sample.trial, sequence: sample.sequence, value: value,
                median: median, score: score)
        }
    }
}

/// Describes outliers in words, and says what to do about them.
package struct OutlierAdvice {
    /// At most this many disturbed trials are named one by one.
    private static let mostNamed = 6
    /// Trials at most this far apart in the plan are taken to be disturbed by the same thing.
    private static let nearby = 3

    private let trials: [[Outlier]]
    private let labels: CellLabels

    package init(_ outliers: [Outlier], labels: CellLabels) {
        let bySequence = Dictionary(grouping: outliers, by: \.sequence)
        trials = bySequence.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.score > $1.score } }
        self.labels = labels
    }

    /// A line for each disturbed trial, then advice; empty if there are none.
    package var lines: [String] {
        guard !trials.isEmpty else { return [] }
        let more = trials.count - Self.mostNamed
        return trials.prefix(Self.mostNamed).map(name)
            + (more > 0 ? ["and \(more) more outliers; --json and summary.json name them all"] : [])
            + ["\(advice) They are left in: medians and ranks tolerate a few."]
    }

    private func name(_ outliers: [Outlier]) -> String {
        let worst = outliers[0]
        let unit = Metric(name: worst.metric)?.unit ?? .nanoseconds
        let others = outliers.count == 1 ? "" : ", and \(outliers.count - 1) more metrics"
        return "outlier: \(labels.label(worst.cell)): trial \(worst.trial): \(worst.metric) "
            + "\(Quantity.text(worst.value, unit)) where the median is \(Quantity.text(worst.median, unit))\(others)"
    }

    private var advice: String {
        if trials.allSatisfy({ $0[0].trial == 1 }) {
            return "All of them are first trials: more warm-up helps (warm_up in the scenario)."
        }
        let together = zip(trials, trials.dropFirst()).first { earlier, later in
            later[0].sequence - earlier[0].sequence <= Self.nearby && later[0].cell != earlier[0].cell
        }
        if let (earlier, later) = together {
            return
                "Trials \(earlier[0].sequence) to \(later[0].sequence) of the plan, of different cells, were "
                + "disturbed together: something else ran on the machine. End it and run again; "
                + "\"forklab doctor\" shows what disturbs."
        }
        return
            "Something disturbed these trials; \"forklab doctor\" shows what may. More trials make them matter less."
    }
}
