/// What one run of a program came to, under the library or without it.
struct CompatibilityOutcome: Codable {
    /// The checks that it made.
    let checks: CheckList
    /// Why it did not come to its end; nil if it did.
    let cut: String?
    /// What it last wrote to standard error.
    let lastWords: [String]
    /// Its forks, and those of its children.
    let forks: ForkActions
    /// Whether the script saw a process with its heap in the pool.
    let sawPool: Bool
    /// Nanoseconds.
    let elapsed: UInt64

    /// What did not succeed, each with its details.
    var failures: [CompatibilityFailure] {
        let failed = checks.checks.filter { $0.status == .failed }.map {
            CompatibilityFailure($0.name, $0.details)
        }
        guard let problem = cut ?? (checks.made == 0 ? "made no check" : nil) else { return failed }
        return failed + [CompatibilityFailure(CompatibilityFailure.end, [problem] + lastWords)]
    }

    /// What shows that the library was not at work; nil if it was.
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
    /// What stands in place of a check where the run did not end well.
    static let end = "end"
    /// What stands in place of a check where the library was not seen at work.
    static let heap = "heap"

    /// The check, "end" or "heap".
    let check: String
    /// What is known of it.
    let details: [String]

    init(_ check: String, _ details: [String]) {
        self.check = check
        self.details = details
    }
}
