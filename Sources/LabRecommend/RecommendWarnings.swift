import LabBase
import LabDoctor
import LabRun
import LabScenario
import LabStatistics
import Measurement

/// What a user should know before acting on a recommendation.
struct RecommendWarnings {
    let request: RecommendRequest
    let recommendation: Recommendation
    let evidence: RecommendEvidence

    var lines: [String] {
        [
            time, workload, evidence.room.obstacleToReference, untimedControl, placeholders, settle,
            strangers, promise,
            overcommit,
        ].compactMap { $0 } + fullPool
            + excess
            + machine
    }

    private var workload: String? {
        request.workload.isDefault
            ? "this is what the built-in workload \(request.workload.workload.name) shows, not your program: measure "
                + "that with --trigger COMMAND -- PROGRAM" : nil
    }

    /// The stall of a program's fork is known from the library alone.
    private var untimedControl: String? {
        guard evidence.results != nil, evidence.referenceStall == nil, !request.command.isEmpty,
            evidence.room.obstacleToReference == nil
        else { return nil }
        return
            "without the library nobody times the forks of a program: glibc without a pool was run to see that all checks "
            + "hold there too, and is not in the table"
    }

    /// What a trial gave the user's command is not there when they start it themselves.
    private var placeholders: String? {
        let names = request.command.flatMap(Placeholders.names).withoutDoubles
        guard chosen != nil, !names.isEmpty else { return nil }
        return
            "\(names.map { "{\($0)}" }.joined(separator: ", ")) in the command is what each trial was given: put your own "
            + "in its place"
    }

    private var time: String? {
        evidence.end == .timeBudget
            ? "the time budget ended before all trials that were wanted; --time-budget with more than "
                + "\(request.timeBudget) allows them" : nil
    }

    /// Mode 1 takes no space: what it seems to take was written by others.
    private var strangers: String? {
        let remap = evidence.measurements.first { $0.candidate.mode == .privateRemap }?.space?.summary
        guard let remap, remap.maximum > Self.strangersLeast,
            remap.maximum > evidence.room.poolSize * Self.strangersShare
        else { return nil }
        return
            "something else wrote up to \(Quantity.bytes(remap.maximum)) to the file system meanwhile, so space"
            + (evidence.room.isMemory ? " and RAM are" : " is")
            + " too high by as much: measure again when it is quiet"
    }

    private static let strangersLeast = 4_194_304.0
    private static let strangersShare = 0.02

    private var settle: String? {
        request.workload.hasSettled
            ? nil
            : "without --settle nobody knows how long the children live, so RAM and space were not judged"
    }

    private var chosen: Candidate? {
        if case .use(let candidate) = recommendation.answer { candidate } else { nil }
    }

    /// What the answer rests on and the machine does not enforce.
    private var promise: String? {
        guard chosen?.copies == true, recommendation.limits.snapshot == .none else { return nil }
        return
            "it holds only if no other thread writes while one forks, or the child does not read what they write "
            + "(--threads-write otherwise)"
    }

    private var overcommit: String? {
        guard chosen?.forkSpace == .overcommit, let need = need else { return nil }
        return
            "\(Quantity.bytes(need)) must stay free in the file system as long as a child lives: a write that finds no "
            + "space is SIGBUS, in parent or child"
    }

    private var need: Double? {
        evidence.measurements.first { $0.candidate == chosen }?.space?.summary.maximum
    }

    private var fullPool: [String] { chosen.map { evidence.room.warnings(copies: $0.copies) } ?? [] }

    /// A promise of more than there is.
    private var excess: [String] {
        let given = [
            ("--spare-memory", request.limits.memory?.amount, evidence.room.memoryBound.amount, "RAM"),
            (
                "--spare-space", request.limits.space?.amount, evidence.room.spaceBound.amount,
                "the file system"
            ),
        ]
        return given.compactMap { option, amount, free, noun in
            guard let amount, amount > free else { return nil }
            return
                "\(option) \(Quantity.bytes(amount)) is more than the \(Quantity.bytes(free)) of \(noun) that are free "
                + "here beside the pool"
        }
    }

    private var machine: [String] {
        evidence.diagnosis.findings.filter { $0.state == .hurts }.map { finding in
            "\(finding.subject): \(finding.detail)" + (finding.advice.isEmpty ? "" : "; \(finding.advice)")
        }
    }
}
