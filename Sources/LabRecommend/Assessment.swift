import LabBase
import LabStatistics
import Measurement

/// A candidate, checked against all limits.
struct Assessment: Encodable, Sendable {
    /// The status of a candidate.
    enum Status: String, Codable, Sendable {
        /// It is within all limits.
        case admitted
        /// It exceeds at least one limit.
        case ruledOut = "ruled_out"
        /// The measurement cannot settle it.
        case undecided
        /// It was not measured.
        case unmeasured
    }

    /// The candidate.
    let candidate: Candidate
    /// Its measurement; nil if there is none.
    let measurement: CandidateMeasurement?
    /// The check of each limit.
    let checks: [LimitCheck]
    /// The candidate's status.
    let status: Status

    /// Checks `candidate` against `limits`; `all` are all measurements there are.
    init(_ candidate: Candidate, _ all: [CandidateMeasurement], _ limits: Limits) {
        self.candidate = candidate
        measurement = all.first { $0.candidate == candidate }
        checks =
            measurement.map { Self.checks($0, all, limits) } ?? [
                LimitCheck(.soundness, .unmeasured, "not measured")
            ]
        let verdicts = Set(checks.map(\.verdict))
        status =
            verdicts.contains(.exceeds)
            ? .ruledOut
            : verdicts.contains(.unmeasured)
                ? .unmeasured : verdicts.contains(.straddles) ? .undecided : .admitted
    }

    private static func checks(
        _ measurement: CandidateMeasurement, _ all: [CandidateMeasurement], _ limits: Limits
    ) -> [LimitCheck] {
        let own = checks(measurement, limits)
        guard measurement.candidate.mode == .copyOrRemap else { return own }
        // Mode 3 is both: the copy as long as it fits, then the remap for good.
        let remap = all.first { $0.candidate.mode == .privateRemap }
        let fallback =
            remap.map { checks($0, limits) } ?? [
                LimitCheck(.soundness, .unmeasured, "was not measured")
            ]
        return own
            + fallback.filter { $0.verdict != .within }.map {
                LimitCheck($0.subject, $0.verdict, "falls back to mode 1, whose \($0.text)")
            }
    }

    private static func checks(_ measurement: CandidateMeasurement, _ limits: Limits) -> [LimitCheck] {
        if let obstacle = measurement.obstacle { return [LimitCheck(.soundness, .unmeasured, obstacle)] }
        let broken = measurement.broken.map { LimitCheck(.soundness, .exceeds, $0) }
        let bounds = [
            LimitCheck(.stall, measurement.stall, limits.stall),
            LimitCheck(.memory, measurement.memory, limits.memory),
            LimitCheck(.space, measurement.space, limits.space),
        ].compactMap { $0 }
        let all = broken + bounds + [snapshot(measurement, limits.snapshot)].compactMap { $0 }
        // Even without a limit it must have been seen to work.
        if all.allSatisfy({ $0.verdict == .within }), measurement.trials < Contrast.leastTrials {
            return all + [
                LimitCheck(
                    .soundness, .straddles,
                    "\(measurement.trials) trials say too little, \(Contrast.leastTrials) are needed")
            ]
        }
        return all
    }

    private static func snapshot(_ measurement: CandidateMeasurement, _ wanted: Limits.Snapshot)
        -> LimitCheck?
    {
        guard wanted > .none else { return nil }
        guard let guarantee = measurement.guarantee else {
            return LimitCheck(.snapshot, .unmeasured, "what was done at the forks is not known")
        }
        let torn =
            measurement.torn.map {
                $0.summary.maximum > 0
                    ? "; up to \(Quantity.perThousand($0.summary.maximum)) blocks were seen half-written" : ""
            } ?? ""
        switch guarantee {
        case .process:
            return LimitCheck(.snapshot, .within, "the child's memory shows one moment" + torn)
        case .heap:
            return LimitCheck(
                .snapshot, wanted > .heap ? .exceeds : .within,
                "the heap shows one moment (reflink), but an earlier one than globals and stacks" + torn)
        case .none:
            let ways = measurement.actions.filter(\.isCopy).map(\.rawValue).joined(separator: ", ")
            return LimitCheck(
                .snapshot, .exceeds,
                "its copy (\(ways)) does not show one moment while threads write" + torn)
        }
    }

    /// The checks that keep it from being admitted.
    var objections: [LimitCheck] { checks.filter { $0.verdict != .within } }
}
