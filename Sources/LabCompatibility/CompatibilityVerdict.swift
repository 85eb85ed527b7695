import Measurement

/// The verdict on a run under the library, compared with one without it.
struct CompatibilityVerdict: Codable, Equatable, Sendable {
    /// How it is to be read.
    enum Result: String, Codable, Sendable {
        /// All checks succeeded.
        case pass
        /// Every failure also occurs without the library, for a known reason.
        case same
        /// Every failure is a known limit.
        case limited
        /// There is an unexplained failure without the library: the check tests nothing here.
        case unusable
        /// There is an unexplained failure under the library.
        case fail

        /// Whether it makes the command fail.
        var isFailure: Bool { self == .fail || self == .unusable }
    }

    /// How it is to be read.
    let result: Result
    /// Checks made, without those that were skipped.
    let checks: Int
    /// The unexplained failures.
    let failures: [CompatibilityFailure]
    /// The known limits that were met.
    let limits: [CompatibilityProgram.Limit]
    /// The checks that fail without the library too.
    let failuresWithoutLibrary: [CompatibilityFailure]
    /// How many forks took each action.
    let forks: [String: Int]
    /// The time that the run took, nanoseconds.
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

    /// Judges a run of `testCase` of `program` in `mode`, whose run without the library had the outcome `baseline`.
    init(
        _ outcome: CompatibilityOutcome, baseline: CompatibilityOutcome, mode: ForkMode,
        program: CompatibilityProgram, testCase: String
    ) {
        // A run that does not reach its end without the library tests nothing, but that is no excuse.
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

    /// The checks that succeed without the library and were not made, or were skipped, under it.
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

    /// The verdict as text: "pass (52)", "FAIL (2 of 52)".
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
