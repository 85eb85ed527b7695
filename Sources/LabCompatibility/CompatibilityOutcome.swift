/// The outcome of one run of a program, under the library or without it.
struct CompatibilityOutcome: Codable {
    /// The checks that it made.
    let checks: CheckList
    /// Why it did not run to its end; nil if it did.
    let cut: String?
    /// The last lines that it wrote to standard error.
    let lastWords: [String]
    /// What its forks and those of its children did.
    let forks: ForkActions
    /// Whether the script saw a process with its heap in the pool.
    let sawPool: Bool
    /// The time that it took, nanoseconds.
    let elapsed: UInt64

    /// Everything that failed, each with its details.
    var failures: [CompatibilityFailure] {
        let failed = checks.checks.filter { $0.status == .failed }.map {
            CompatibilityFailure($0.name, $0.details)
        }
        guard let problem = cut ?? (checks.made == 0 ? "made no check" : nil) else { return failed }
        return failed + [CompatibilityFailure(CompatibilityFailure.end, [problem] + lastWords)]
    }

    /// A failure if nothing shows that the library was active; nil if something does.
    var missingProof: CompatibilityFailure? {
        if let stray = forks.stray { return CompatibilityFailure(CompatibilityFailure.heap, [stray]) }
        guard forks.anyEffective || sawPool else {
            return CompatibilityFailure(
                CompatibilityFailure.heap, ["nothing shows that a heap lay in the pool"])
        }
        return nil
    }
}

/// Something that a run found wrong.
struct CompatibilityFailure: Codable, Equatable, Sendable {
    /// Takes the place of a check if the run did not end well.
    static let end = "end"
    /// Takes the place of a check if the library was not seen to be active.
    static let heap = "heap"

    /// The check, "end" or "heap".
    let check: String
    /// Details of the failure.
    let details: [String]

    init(_ check: String, _ details: [String]) {
        self.check = check
        self.details = details
    }
}
