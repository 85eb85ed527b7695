import Algorithms
import LabBase
import LabMetrics
import LabStatistics
import Measurement
import WorkloadSchema

/// Which mode suits, or why that cannot be said: a pure function of the measurements and the limits.
///
/// docs/recommend.md has its rules in words.
package struct Recommendation: Encodable, Sendable {
    /// The possible answers.
    package enum Answer: Encodable, Equatable, Sendable {
        /// This candidate is recommended.
        case use(Candidate)
        /// Every candidate was measured and exceeds a limit.
        case none
        /// Something was not measured, or not well enough.
        case refused

        private enum Key: String, CodingKey { case verdict, candidate }

        /// Encodes `verdict`, and the candidate if there is one. Throws `EncodingError`.
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

    /// The share by which a candidate must be better than another within the limits.
    static let minimumEffect = 0.1

    /// The answer.
    package let answer: Answer
    /// Why, in a sentence or two.
    let reason: String
    /// The limits that were applied.
    let limits: Limits
    /// The assessments of all candidates, in order of preference if nothing distinguishes them.
    let assessments: [Assessment]
    /// The comparison that decided; nil if none was needed.
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

    /// Chooses a candidate; `hopefully` treats undecided ones as admitted.
    private static func choose(
        _ assessments: [Assessment], _ limits: Limits, hopefully: Bool = false
    ) -> Choice {
        let admitted = assessments.filter {
            $0.status == .admitted || hopefully && $0.status == .undecided
        }
        guard let first = admitted.first else { return withoutAdmitted(assessments) }
        // The best of each kind; the first of them is the default that stays if nothing decides.
        let rivals = Candidate.Kind.allCases.compactMap { kind in
            admitted.first { $0.candidate.kind == kind }
        }
        guard rivals.count > 1 else {
            return (.use(first.candidate), soleReason(first, assessments), nil)
        }
        return choose(among: rivals, limits, prefix: withoutRemap(assessments))
    }

    /// Chooses by the goal among the best candidates of several kinds, the default first.
    private static func choose(
        among rivals: [Assessment], _ limits: Limits, prefix: String
    ) -> Choice {
        let goal = limits.goal
        let values = rivals.compactMap { $0.measurement?.value(goal) }
        guard values.count == rivals.count else {
            return (.refused, "\(goal.words) was not measured, so nothing distinguishes the modes.", nil)
        }
        func comparisons(_ own: Int, _ others: [Int]) -> [Comparison] {
            let contrasts = others.compactMap {
                Contrast(values[own].summary.values, values[$0].summary.values, goal.measure)
            }
            return contrasts.count == others.count ? Comparison.judge(contrasts) : []
        }
        let first = rivals[0].candidate
        let others = Array(1..<rivals.count)
        let judged = comparisons(0, others)
        guard !judged.isEmpty else { return (.refused, "\(goal.words) was not measured.", nil) }
        let numbers = zip(rivals, values).map { "\($1.text(goal.unit)) with \($0.candidate)" }
        let reason =
            "\(prefix)\(rivals.count == 2 ? "Both" : "All") are within the limits, and \(goal.words) is "
            + numbers.joined(separator: ", ")
        let better = zip(others, judged).filter { $1.verdict == .better }
        if var (best, comparison) = better.first {
            for (other, own) in better.dropFirst()
            where comparisons(best, [other]).first?.verdict == .better {
                (best, comparison) = (other, own)
            }
            return (.use(rivals[best].candidate), "\(reason).", comparison)
        }
        let rule = first.kind == .remap ? "mode 1 is the default" : "\(first) ranks first"
        // What more trials may settle comes before what is settled.
        let pairs = Array(zip(others, judged))
        let tie = pairs.first { $1.verdict == .inconclusive } ?? pairs.first { $1.verdict == .same }
        guard let (other, comparison) = tie else { return (.use(first), "\(reason).", judged[0]) }
        let isSame = comparison.verdict == .same
        let difference = "no difference (\(comparison.reason))"
        let words =
            rivals.count == 2
            ? isSame ? ", which is the same" : ", which shows \(difference)"
            : "; \(first) and \(rivals[other].candidate) " + (isSame ? "are the same" : "show \(difference)")
        return (.use(first), "\(reason)\(words); \(rule).", comparison)
    }

    /// Why mode 1 is not among the candidates within the limits, as the beginning of a reason; empty if it is.
    private static func withoutRemap(_ assessments: [Assessment]) -> String {
        guard let remap = assessments.first(where: { $0.candidate.mode == .privateRemap }),
            let objection = remap.objections.first
        else { return "" }
        let sort = remap.status == .ruledOut ? "ruled out" : "not certain to be within the limits"
        return "Mode 1 is \(sort): \(objection.text). "
    }

    private static func soleReason(_ chosen: Assessment, _ assessments: [Assessment]) -> String {
        let proof = chosen.checks.filter { $0.verdict == .within && $0.bound?.option != nil }.map(\.text)
        let prefix = withoutRemap(assessments)
        guard chosen.candidate.mode != .privateRemap, !prefix.isEmpty else {
            let others = assessments.filter { $0.candidate != chosen.candidate }
            let sort =
                others.allSatisfy { $0.status == .ruledOut }
                ? "It is the only one" : "No other is known to be"
            return "\(sort) within the limits" + (proof.isEmpty ? "." : ": \(proof.joined(separator: "; ")).")
        }
        let rest = proof.isEmpty ? "" : "With \(chosen.candidate) \(proof.joined(separator: "; "))."
        return rest.isEmpty ? String(prefix.dropLast()) : prefix + rest
    }

    private static func withoutAdmitted(_ assessments: [Assessment]) -> Choice {
        let open = assessments.filter { $0.status != .ruledOut }
        guard !open.isEmpty else {
            let faults = assessments.map { assessment in
                let subjects = assessment.objections.map(\.subject.noun).uniqued(on: \.self)
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

    /// The candidates for which more trials may help.
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
    /// The goal in the words of a sentence.
    var words: String {
        switch self {
        case .stall: "the longest stall"
        case .writes: "the time of the parent's first writes"
        case .memory: "the RAM taken"
        }
    }

    /// The unit of the goal's numbers.
    var unit: Quantity.Unit { self == .memory ? .bytes : .nanoseconds }

    /// What counts as a difference in it.
    fileprivate var measure: Contrast.Measure {
        let metric: Metric = self == .memory ? .memoryCost : .phase(.forkStall)
        return Contrast.Measure(
            minimumEffect: Recommendation.minimumEffect, leastDifference: metric.leastDifference)
    }
}
