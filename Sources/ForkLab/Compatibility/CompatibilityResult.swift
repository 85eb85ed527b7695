import Measurement

/// One case of a program on one file system: the run without the library, and one in each mode.
public struct CompatibilityResult: Codable, Sendable {
    /// The program.
    public let program: String
    /// The case; empty if it has but one.
    public let testCase: String
    /// What it does here.
    public let title: String
    /// What it says its version is.
    public let version: String
    /// The file system of the pools and of the files that it wrote.
    public let fileSystem: String
    /// Why it was not run: nil if it was.
    public let skipped: String?
    /// Whether an interruption kept some of its runs from being made; nil if none did.
    public internal(set) var unfinished: Bool?
    /// The run without the library; nil if there was none.
    public internal(set) var baseline: CompatibilityVerdict?
    /// The runs under the library, by mode.
    public internal(set) var modes: [Int: CompatibilityVerdict] = [:]

    /// "redis bgsave".
    public var label: String { testCase.isEmpty ? program : "\(program) \(testCase)" }
}
