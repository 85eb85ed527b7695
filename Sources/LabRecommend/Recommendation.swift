import LabBase
import LabMetrics
import LabStatistics
import Measurement
import WorkloadSchema

/// Which mode suits, or why that cannot be said: a pure function of what was measured and what is wanted.
///
/// docs/recommend.md has its rules in words.
package struct Recommendation: Encodable, Sendable {
    /// What it comes to.
    package enum Answer: Encodable, Equatable, Sendable {
        /// This one.
        case use(Candidate)
        /// Every candidate was measured and exceeds a limit.
        case none
        /// It was not, or not well enough.
        case refused

        private enum Key: String, CodingKey { case verdict, candidate }

        /// Encodes `verdict`, and the candidate where there is one.
        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            switch self {
            case .use(let candidate):
                try container.encode("use", forKey: .verdict)
                try container.encode(candidate, forKey: .candidate)
            case .none: try container.encode("none", forKey: .verdict)
            case .refused: try container.encode("refused", forKey: .verdict)
            }
        }
    }

    /// What makes a candidate better where several are within the limits.
    static let minimumEffect = 0.1

    /// What it comes to.
    package let answer: Answer
    /// Why, in a sentence or two.
    let reason: String
    /// What was wanted.
    let limits: Limits
    /// Every candidate, in the order in which they are preferred where nothing tells them apart.
    let assessments: [Assessment]
    /// The comparison that decided; nil where none was needed.
    let comparison: Comparison?

    /// Decides among the candidates of a file system.
    init(_ measurements: [CandidateMeasurement], _ limits: Limits, reflink: Bool) {
        self.limits = limits
        let assessments = Candidate.all(reflink: reflink, isSpaceKept: limits.isSpaceKept).map {
            Assessment($0, measurements, limits)
        }
        self.assessments = assessments
        (answer, reason, comparison) = Self.choose(assessments, limits)
    }

    private typealias Choice = (answer: Answer, reason: String, comparison: Comparison?)

    /// `hopefully` takes what is undecided for admitted.
    private static func choose(
        _ assessments: [Assessment], _ limits: Limits, hopefully: Bool = false
    ) -> Choice {
        let admitted = assessments.filter {
            $0.status == .admitted || hopefully && $0.status == .undecided
        }
        guard let first = admitted.first else { return withoutAdmitted(assessments) }
        let copies = admitted.first { $0.candidate.copies }
        guard first.candidate.mode == .privateRemap, let copies else {
            return (.use(first.candidate), soleReason(first, assessments), nil)
        }
        // A mode 3 or 2 beside mode 1: the goal decides, and the library's default if nothing does.
        guard let own = first.measurement?.value(limits.goal),
            let other = copies.measurement?.value(limits.goal)
        else {
            return (
                .refused, "\(limits.goal.words) was not measured, so nothing tells the modes apart.", nil
            )
        }
        guard let contrast = Contrast(own.summary.values, other.summary.values, limits.goal.measure),
            let comparison = Comparison.judge([contrast]).first
        else { return (.refused, "\(limits.goal.words) was not measured.", nil) }
        let numbers =
            "\(limits.goal.words) is \(own.text(limits.goal.unit)) with mode 1, "
            + "\(other.text(limits.goal.unit)) with \(copies.candidate)"
        switch comparison.verdict {
        case .better:
            return (.use(copies.candidate), "Both are within the limits, and \(numbers).", comparison)
        case .worse:
            return (.use(first.candidate), "Both are within the limits, and \(numbers).", comparison)
        case .same:
            return (
                .use(first.candidate),
                "Both are within the limits, and \(numbers), which is the same; mode 1 is the default.",
                comparison
            )
        case .inconclusive:
            return (
                .use(first.candidate),
                "Both are within the limits, and \(numbers), which shows no difference "
                    + "(\(comparison.reason)); mode 1 is the default.", comparison
            )
        }
    }

    private static func soleReason(_ chosen: Assessment, _ assessments: [Assessment]) -> String {
        let proof = chosen.checks.filter { $0.verdict == .within && $0.bound?.option != nil }.map(\.text)
        let remap = assessments.first { $0.candidate.mode == .privateRemap }
        guard chosen.candidate != remap?.candidate, let objection = remap?.objections.first else {
            let others = assessments.filter { $0.candidate != chosen.candidate }
            let sort =
                others.allSatisfy { $0.status == .ruledOut }
                ? "It is the only one" : "No other is known to be"
            return "\(sort) within the limits" + (proof.isEmpty ? "." : ": \(proof.joined(separator: "; ")).")
        }
        let sort = remap?.status == .ruledOut ? "ruled out" : "not sure to be within the limits"
        return "Mode 1 is \(sort): \(objection.text)."
            + (proof.isEmpty ? "" : " With \(chosen.candidate) \(proof.joined(separator: "; ")).")
    }

    private static func withoutAdmitted(_ assessments: [Assessment]) -> Choice {
        let open = assessments.filter { $0.status != .ruledOut }
        guard !open.isEmpty else {
            let faults = assessments.map { assessment in
                let subjects = assessment.objections.map(\.subject.noun).withoutDoubles
                return "\(assessment.candidate) on \(subjects.joined(separator: " and "))"
            }
            return (.none, "Each fails a limit: \(faults.joined(separator: "; ")).", nil)
        }
        let reasons = Set(open.map { $0.objections.first?.text ?? "" })
        if open.count == assessments.count, let only = reasons.first, reasons.count == 1 {
            return (.refused, "No mode can be judged: \(only).", nil)
        }
        let names = open.map { assessment in
            "\(assessment.candidate) (\(assessment.objections.first?.text ?? "not measured"))"
        }
        let rest = open.count == assessments.count ? "" : ", and the others are ruled out"
        return (
            .refused, "No mode is known to be within the limits: \(names.joined(separator: "; "))\(rest).",
            nil
        )
    }

    /// The candidates of which more trials may say more.
    var undecided: [Candidate] { assessments.filter { $0.status == .undecided }.map(\.candidate) }

    /// About how many trials may lead to another answer, or to a clearer one; nil if none can.
    func wantedTrials() -> Int? {
        let most = assessments.compactMap(\.measurement?.trials).max() ?? 0
        if comparison?.verdict == .inconclusive { return comparison?.wantedTrials }
        let hoped = assessments.filter { $0.status == .admitted || $0.status == .undecided }
        guard !undecided.isEmpty, !hoped.isEmpty, Self.choose(hoped, limits, hopefully: true).answer != answer
        else { return nil }
        return max(Contrast.leastTrials, most * 2)
    }
}

extension Limits.Goal {
    /// How a sentence speaks of it.
    var words: String {
        switch self {
        case .stall: "the longest stall"
        case .writes: "the time of the parent's first writes"
        case .memory: "the RAM taken"
        }
    }

    /// What its numbers count.
    var unit: Quantity.Unit { self == .memory ? .bytes : .nanoseconds }

    /// What counts as a difference.
    fileprivate var measure: Contrast.Measure {
        let metric: Metric = self == .memory ? .memoryCost : .phase(.forkStall)
        return Contrast.Measure(
            minimumEffect: Recommendation.minimumEffect, leastDifference: metric.leastDifference)
    }
}
