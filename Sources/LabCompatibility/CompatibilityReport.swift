/// How programs behave under the library, compared with how they behave without it.
package struct CompatibilityReport: Codable, Sendable {
    /// A known limit of a program.
    struct StatedLimit: Codable, Equatable, Sendable {
        /// The program.
        let program: String
        /// What does not work under the library, or, if it names no mode, even without it.
        let limit: CompatibilityProgram.Limit
    }

    /// The version of the record that this code writes and reads.
    static let schema = 1

    /// Version of this record.
    var schema = Self.schema
    /// Each case on each file system.
    let results: [CompatibilityResult]
    /// The known limits of the programs that were run.
    let limits: [StatedLimit]
    /// Whether it was cut short.
    package let interrupted: Bool
    /// Where, when and with which commands it was made; nil if that was not recorded.
    let environments: [CompatibilityEnvironment]?
    /// In a merged report, the partly run cases that gave way to complete ones; nil if there were none.
    let replaced: [String]?

    init(
        results: [CompatibilityResult], limits: [StatedLimit], interrupted: Bool,
        environments: [CompatibilityEnvironment], replaced: [String] = []
    ) {
        self.replaced = replaced.isEmpty ? nil : replaced
        self.environments = environments.isEmpty ? nil : environments
        self.results = results
        self.limits = limits
        self.interrupted = interrupted
    }

    /// Whether something was run, and everything behaves under the library as without it, known limits aside.
    package var passed: Bool { !verdicts.isEmpty && verdicts.allSatisfy { !$0.result.isFailure } }

    /// The verdicts on all runs.
    var verdicts: [CompatibilityVerdict] {
        results.flatMap { [$0.baseline].compactMap { $0 } + $0.modes.values }
    }

    /// Whether something fails without the library that is not known to.
    var hasUnusableChecks: Bool { verdicts.contains { $0.result == .unusable } }

    /// The known limits about checks that were made and never failed: they should be dropped from the program's file.
    var unmetLimits: [StatedLimit] {
        limits.filter { stated in
            let runs = results.filter { result in
                result.program == stated.program && result.skipped == nil
                    && (stated.limit.testCase ?? result.testCase) == result.testCase
            }
            guard stated.limit.check != nil, !runs.isEmpty else { return false }
            return stated.limit.modes.isEmpty
                ? !Self.isBroken(stated.limit, runs) : Self.isUnmet(stated.limit, runs)
        }
    }

    /// Whether a check of the limit failed without the library.
    private static func isBroken(_ limit: CompatibilityProgram.Limit, _ runs: [CompatibilityResult]) -> Bool {
        runs.contains { run in
            (run.baseline?.failuresWithoutLibrary ?? []).contains {
                limit.isAbout($0.check, of: run.testCase)
            }
        }
    }

    /// Whether the limit's check was made in one of its modes and did not fail.
    private static func isUnmet(_ limit: CompatibilityProgram.Limit, _ runs: [CompatibilityResult]) -> Bool {
        let verdicts = runs.flatMap { run in limit.modes.compactMap { run.modes[$0] } }
        return !verdicts.isEmpty && !verdicts.contains { $0.limits.contains(limit) || $0.result == .fail }
    }
}
