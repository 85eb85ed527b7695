import Measurement

/// What a run under the library says, beside one without it.
struct CompatibilityVerdict: Codable, Equatable, Sendable {
    /// How it is to be read.
    enum Result: String, Codable, Sendable {
        /// All checks succeeded.
        case pass
        /// What fails fails without the library too, for a reason that is known.
        case same
        /// What fails is a known limit.
        case limited
        /// Something fails without the library that nobody has explained: the check tests nothing here.
        case unusable
        /// Something fails under the library that nobody has explained.
        case fail

        /// Whether the command fails.
        var isFailure: Bool { self == .fail || self == .unusable }
    }

    /// How it is to be read.
    let result: Result
    /// Checks made, without those that were skipped.
    let checks: Int
    /// What failed unexplained.
    let failures: [CompatibilityFailure]
    /// The known limits that were met.
    let limits: [CompatibilityProgram.Limit]
    /// The checks that fail without the library too.
    let failuresWithoutLibrary: [CompatibilityFailure]
    /// How often the forks did what.
    let forks: [String: Int]
    /// Nanoseconds.
    let elapsed: UInt64

    /// Judges the run of `testCase` of `program` without the library.
    init(baseline: CompatibilityOutcome, program: CompatibilityProgram, testCase: String) {
        let failures = baseline.failures
        let unexplained = failures.filter { failure in
            !program.brokenChecks.contains { $0.isAbout(failure.check, of: testCase) }
        }
        result = !unexplained.isEmpty ? .unusable : failures.isEmpty ? .pass : .same
        checks = baseline.checks.made
        self.failures = unexplained
        limits = []
        failuresWithoutLibrary = failures
        forks = [:]
        elapsed = baseline.elapsed
    }

    /// Judges a run in `mode` of `testCase` of `program`, whose run without the library came to `baseline`.
    init(
        _ outcome: CompatibilityOutcome, baseline: CompatibilityOutcome, mode: ForkMode,
        program: CompatibilityProgram, testCase: String
    ) {
        // What does not come to its end without the library tests nothing: that excuses nobody.
        let known = Set(baseline.failures.map(\.check).filter { $0 != CompatibilityFailure.end })
        var failures: [CompatibilityFailure] = []
        var limits: [CompatibilityProgram.Limit] = []
        var shared: [CompatibilityFailure] = []
        for failure in outcome.failures + Self.missing(outcome, baseline) {
            if known.contains(failure.check) {
                shared.append(failure)
            } else if let limit = program.limits.first(where: {
                $0.explains(failure.check, of: testCase, in: mode)
            }) {
                limits.append(limit)
            } else {
                failures.append(failure)
            }
        }
        if let failure = outcome.missingProof { failures.append(failure) }
        let tests = CompatibilityVerdict(baseline: baseline, program: program, testCase: testCase)
        result =
            switch true {
            case !failures.isEmpty: .fail
            case tests.result == .unusable: .unusable
            case !limits.isEmpty: .limited
            case !shared.isEmpty: .same
            default: .pass
            }
        checks = outcome.checks.made
        self.failures = failures
        self.limits = limits
        failuresWithoutLibrary = shared
        forks = outcome.forks.counts.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
        elapsed = outcome.elapsed
    }

    /// What succeeds without the library and was not made, or skipped, under it.
    private static func missing(_ outcome: CompatibilityOutcome, _ baseline: CompatibilityOutcome)
        -> [CompatibilityFailure]
    {
        baseline.checks.checks.filter { $0.status == .passed }.compactMap { check in
            switch outcome.checks[check.name]?.status {
            case nil: outcome.cut == nil ? CompatibilityFailure(check.name, ["was not made"]) : nil
            case .skipped: CompatibilityFailure(check.name, ["was skipped"])
            default: nil
            }
        }
    }

    /// "pass (52)", "FAIL (2 of 52)".
    var text: String {
        switch result {
        case .pass: "pass (\(checks))"
        case .same: "as without (\(failuresWithoutLibrary.count) of \(checks) fail)"
        case .limited: "limit (\(limits.count) of \(checks))"
        case .unusable: "not usable"
        case .fail: "FAIL (\(failures.count) of \(checks))"
        }
    }
}
