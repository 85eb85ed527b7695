import LabBase
import LabRun
import Measurement

/// A real program whose work under the library is compared with its work without: one YAML file in `Compatibility/`.
package struct CompatibilityProgram: Codable, Equatable, Sendable {
    /// The name of the file, without its ending.
    let name: String
    /// What the program does here, in a few words.
    let title: String
    /// The Debian packages that it needs.
    let packages: [String]
    /// A shell command whose first line of output names the version.
    let version: String
    /// Its cases, each run separately; a single one without a name if the file names none.
    let cases: [String]
    /// The cases that take only seconds.
    let quickCases: [String]
    /// VMMALLOC_POOL_SIZE for each of its processes.
    let poolSize: String
    /// Seconds that a case may take.
    let timeout: Int
    /// The user that it runs as if forklab runs as root; root if nil.
    let user: ProgramUser?
    /// Known failures under the library.
    let limits: [Limit]
    /// Known failures even without the library; these checks test nothing.
    let brokenChecks: [Limit]
    /// The shell script that runs one case and prints a TAP line for each check.
    let script: String

    /// Something that does not work, and why.
    struct Limit: Codable, Equatable, Sendable {
        /// The case that it is about; any case if nil.
        let testCase: String?
        /// The check that fails, or a prefix followed by "*"; nil if the limit is only for information.
        let check: String?
        /// The modes in which it fails; empty if it fails without the library.
        let modes: [Int]
        /// Why it fails, and what helps.
        let reason: String

        /// Whether it is about `check` of `testCase`, whatever the mode.
        func isAbout(_ check: String, of testCase: String) -> Bool {
            guard let pattern = self.check, self.testCase == nil || self.testCase == testCase else {
                return false
            }
            return pattern.hasSuffix("*") ? check.hasPrefix(pattern.dropLast()) : check == pattern
        }

        /// Whether it explains that `check` of `testCase` fails in `mode`.
        func explains(_ check: String, of testCase: String, in mode: ForkMode) -> Bool {
            modes.contains(mode.rawValue) && isAbout(check, of: testCase)
        }
    }

    /// "redis", or "redis bgsave" for one of its cases.
    func label(_ testCase: String) -> String { testCase.isEmpty ? name : "\(name) \(testCase)" }
}

extension [CompatibilityProgram] {
    /// The programs called `names`, in that order; all if it is empty. A name may also be the path of a file anywhere.
    ///
    /// Throws `InputError` for an unknown name, and for a file that is wrong.
    package func selected(by names: [String]) throws(InputError) -> [CompatibilityProgram] {
        guard !names.isEmpty else { return self }
        return try names.map { name throws(InputError) in
            if name.contains("/") || name.hasSuffix(".yaml") { return try CompatibilityProgram.load(name) }
            guard let program = first(where: { $0.name == name }) else {
                throw InputError("PROGRAM", Nearest.unknown("program", name, among: map(\.name)))
            }
            return program
        }
    }
}
