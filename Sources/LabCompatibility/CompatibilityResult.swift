/// One case of a program on one file system: the run without the library, and one in each mode.
struct CompatibilityResult: Codable, Sendable {
    /// The program.
    let program: String
    /// The case; empty if there is only one.
    let testCase: String
    /// What the program does here.
    let title: String
    /// The version that it reports.
    let version: String
    /// The file system of the pools and of the files that it wrote.
    let fileSystem: String
    /// Why it was not run; nil if it was.
    let skipped: String?
    /// Whether an interruption prevented some of its runs; nil if none did.
    var unfinished: Bool?
    /// The run without the library; nil if there was none.
    var baseline: CompatibilityVerdict?
    /// The runs under the library, by mode.
    var modes: [Int: CompatibilityVerdict] = [:]

    /// The name of program and case: "redis bgsave".
    var label: String { testCase.isEmpty ? program : "\(program) \(testCase)" }
}
