import Measurement

/// What programs do under the library, beside what they do without it.
public struct CompatibilityReport: Codable, Sendable {
    /// A known limit and whose it is.
    public struct StatedLimit: Codable, Sendable {
        /// The program.
        public let program: String
        /// What does not work.
        public let limit: CompatibilityProgram.Limit
    }

    /// Version of this record.
    public var schema = 1
    /// Each case on each file system.
    public let results: [CompatibilityResult]
    /// The known limits of the programs that were run.
    public let limits: [StatedLimit]
    /// Whether it was cut short.
    public let interrupted: Bool

    init(results: [CompatibilityResult], limits: [StatedLimit], interrupted: Bool) {
        self.results = results
        self.limits = limits
        self.interrupted = interrupted
    }

    /// Whether all that was run does under the library what it does without, known limits aside.
    public var passed: Bool { results.allSatisfy { $0.modes.values.allSatisfy { $0.result != .fail } } }

    /// The known limits about a check that was made and that never failed: to be dropped from the program's file.
    var unmetLimits: [StatedLimit] {
        limits.filter { stated in
            let runs = results.filter { result in
                result.program == stated.program
                    && (stated.limit.testCase ?? result.testCase) == result.testCase
            }.flatMap { result in stated.limit.modes.compactMap { result.modes[$0] } }
            return stated.limit.check != nil && !runs.isEmpty
                && !runs.contains { $0.limits.contains(stated.limit) || $0.result == .fail }
        }
    }
}
