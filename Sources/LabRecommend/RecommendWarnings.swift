import Algorithms
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
            strangers, promise, deferred,
            overcommit,
        ].compactMap { $0 } + fullPool
            + excess
            + machine
    }

    private var workload: String? {
        request.workload.isDefault
            ? "this is about the built-in workload \(request.workload.workload.name), not your program: measure "
                + "that with --trigger COMMAND -- PROGRAM" : nil
    }

    /// A note that only the library can time a program's forks.
    private var untimedControl: String? {
        guard evidence.results != nil, evidence.referenceStall == nil, !request.command.isEmpty,
            evidence.room.obstacleToReference == nil
        else { return nil }
        return
            "without the library nothing times the forks of a program: glibc without a pool was run to see that all checks "
            + "hold there too, and is not in the table"
    }

    /// A note that placeholders are not filled in when users start the command themselves.
    private var placeholders: String? {
        let names = request.command.flatMap(Placeholders.names).uniqued(on: \.self)
        guard chosen != nil, !names.isEmpty else { return nil }
        return
            "\(names.map { "{\($0)}" }.joined(separator: ", ")) in the command was filled in by each trial: put your own value "
            + "in its place"
    }

    private var time: String? {
        evidence.end == .timeBudget
            ? "the time budget ended before all the wanted trials; --time-budget with more than "
                + "\(request.timeBudget.inWords) allows them" : nil
    }

    /// A note about other writers: mode 1 takes no space, so any that it seems to take was written by others.
    private var strangers: String? {
        let remap = evidence.measurements.first { $0.candidate.mode == .privateRemap }?.space?.summary
        guard let remap, remap.maximum > Self.strangersLeast,
            remap.maximum > evidence.room.poolSize * Self.strangersShare
        else { return nil }
        return
            "something else wrote up to \(Quantity.bytes(remap.maximum)) to the file system meanwhile, so space"
            + (evidence.room.isMemory ? " and RAM are" : " is")
            + " too high by that much: measure again when it is quiet"
    }

    private static let strangersLeast = 4_194_304.0
    private static let strangersShare = 0.02

    private var settle: String? {
        request.workload.hasSettled
            ? nil
            : "without --settle there is no telling how long the children live, so RAM and space were not judged"
    }

    private var chosen: Candidate? {
        if case .use(let candidate) = recommendation.answer { candidate } else { nil }
    }

    /// Assumptions of the answer that the machine does not enforce.
    private var promise: String? {
        guard chosen?.kind == .parentCopies, recommendation.limits.snapshot == .none else { return nil }
        return
            "it holds only if no other thread writes while one forks, or the child does not read what they write "
            + "(--threads-write otherwise)"
    }

    /// What a child that copies may cost where it does not go as in the trials.
    private var deferred: String? {
        chosen?.kind == .childCopies
            ? "the child's fork() takes as long as the copy; what the parent writes meanwhile is RAM until it is folded, which waits "
                + "while other threads run (docs/fork-modes.md); a child without room for its copy stays private, as in mode 1"
            : nil
    }

    private var overcommit: String? {
        guard chosen?.forkSpace == .overcommit, let need = need else { return nil }
        return
            "\(Quantity.bytes(need)) must stay free in the file system as long as a child lives: a write that finds no "
            + "space raises SIGBUS, in parent or child"
    }

    private var need: Double? {
        evidence.measurements.first { $0.candidate == chosen }?.space?.summary.maximum
    }

    private var fullPool: [String] { chosen.map { evidence.room.warnings(copies: $0.copies) } ?? [] }

    /// Notes about promises of more than there is.
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
