import Measurement

/// What a user should know before acting on a recommendation.
struct RecommendWarnings {
    let request: RecommendRequest
    let recommendation: Recommendation
    let measurements: [CandidateMeasurement]
    let room: PoolRoom
    let diagnosis: Diagnosis

    var lines: [String] {
        [workload, settle, promise, overcommit].compactMap { $0 } + fullPool + excess + machine
    }

    private var workload: String? {
        request.workload.isDefault
            ? "this is what the built-in workload \(request.workload.workload.name) shows, not your program: measure "
                + "that with --trigger COMMAND -- PROGRAM" : nil
    }

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

    private var need: Double? { measurements.first { $0.candidate == chosen }?.space?.maximum }

    private var fullPool: [String] { chosen.map { room.warnings(copies: $0.copies) } ?? [] }

    /// A promise of more than there is.
    private var excess: [String] {
        let given = [
            ("--spare-memory", request.limits.memory?.amount, room.memoryBound.amount, "RAM"),
            ("--spare-space", request.limits.space?.amount, room.spaceBound.amount, "the file system"),
        ]
        return given.compactMap { option, amount, free, noun in
            guard let amount, amount > free else { return nil }
            return
                "\(option) \(Quantity.bytes(amount)) is more than the \(Quantity.bytes(free)) of \(noun) that are free "
                + "here beside the pool"
        }
    }

    private var machine: [String] {
        diagnosis.findings.filter { $0.state == .hurts }.map { finding in
            "\(finding.subject): \(finding.detail)" + (finding.advice.isEmpty ? "" : "; \(finding.advice)")
        }
    }
}
