import Glibc
import LabBase
import LabProcess
import LabRun
import LabScenario
import Measurement

/// Runs real programs under the library and without it.
package struct CompatibilityRun {
    /// What to run.
    package struct Selection: Sendable {
        /// The programs.
        let programs: [CompatibilityProgram]
        /// The modes.
        let modes: [ForkMode]
        /// Whether to run only the quick cases.
        let onlyQuick: Bool

        /// All cases of `programs`, or their quick ones, in `modes`.
        package init(programs: [CompatibilityProgram], modes: [ForkMode], onlyQuick: Bool) {
            self.programs = programs
            self.modes = modes
            self.onlyQuick = onlyQuick
        }
    }

    private struct Step: CustomStringConvertible {
        let label: String
        let fileSystem: String
        let mode: ForkMode?

        var description: String {
            "\(label) \(mode.map { Contender.mode($0) } ?? .reference(.glibc)) file_system=\(fileSystem)"
        }
    }

    private let selection: Selection
    private let fileSystems: [UsableFileSystem]
    private let library: String
    private let supervisor: String
    private let folder: String

    /// A run under `library`, made by processes of `supervisor`, the path of forklab; prelude.sh is in `folder`.
    package init(
        _ selection: Selection, fileSystems: [UsableFileSystem], library: String, supervisor: String,
        folder: String
    ) {
        self.selection = selection
        self.fileSystems = fileSystems
        self.library = library
        self.supervisor = supervisor
        self.folder = folder
    }

    /// Runs everything; `interruption` ends it early. Throws `SystemCallError` or `InputError` if a run cannot be
    /// made.
    package func perform(interruption: Interruption) throws -> CompatibilityReport {
        let work = selection.programs.flatMap { program in
            (selection.onlyQuick ? program.quickCases : program.cases).flatMap { testCase in
                fileSystems.map { (program: program, testCase: testCase, fileSystem: $0) }
            }
        }
        let contenders: [ForkMode?] = [nil] + selection.modes
        let steps = work.flatMap { item in
            contenders.map {
                Step(label: item.program.label(item.testCase), fileSystem: item.fileSystem.name, mode: $0)
            }
        }
        // Recorded before the first run: a commit made during the runs is not what they ran with.
        let environment = currentEnvironment
        let shown = ProgressLine()
        var facts: [String: CompatibilityFacts] = [:]
        var results: [CompatibilityResult] = []
        var done = 0
        for item in work {
            let program = item.program
            if interruption.arrived {
                var result = CompatibilityResult(
                    program: program.name, testCase: item.testCase, title: program.title,
                    version: facts[program.name]?.version ?? "", fileSystem: item.fileSystem.name,
                    skipped: nil)
                result.unfinished = true
                results.append(result)
                continue
            }
            let known = facts[program.name] ?? CompatibilityFacts(program)
            facts[program.name] = known
            var result = CompatibilityResult(
                program: program.name, testCase: item.testCase, title: program.title, version: known.version,
                fileSystem: item.fileSystem.name,
                skipped: known.obstacle ?? Self.obstacle(program, item.fileSystem, folder: folder))
            var baseline: CompatibilityOutcome?
            for mode in contenders where result.skipped == nil && !interruption.arrived {
                let trial = CompatibilityTrial(
                    program: program, testCase: item.testCase, mode: mode,
                    directory: item.fileSystem.directory, library: library, folder: folder)
                shown.show("\(done)/\(steps.count) runs, now \(steps[done].description)")
                guard let outcome = try trial.run(by: supervisor, interruption: interruption) else { break }
                done += 1
                if let mode, let baseline {
                    result.modes[mode.rawValue] = CompatibilityVerdict(
                        outcome, baseline: baseline, mode: mode, program: program, testCase: item.testCase)
                } else {
                    baseline = outcome
                    result.baseline = CompatibilityVerdict(
                        baseline: outcome, program: program, testCase: item.testCase)
                }
            }
            if result.skipped != nil {
                done += contenders.count
            } else if result.modes.count < selection.modes.count {
                result.unfinished = true
            }
            results.append(result)
        }
        shown.finish("\(done)/\(steps.count) runs")
        return CompatibilityReport(
            results: results,
            limits: selection.programs.flatMap { program in
                (program.limits + program.brokenChecks).map {
                    CompatibilityReport.StatedLimit(program: program.name, limit: $0)
                }
            }, interrupted: done < steps.count,
            environments: [environment.until(currentEnvironment)])
    }

    private var currentEnvironment: CompatibilityEnvironment {
        CompatibilityEnvironment(fileSystems: fileSystems, library: library, folder: folder)
    }

    /// Says what keeps a program that runs as another user from something that it needs; nil if nothing does.
    private static func obstacle(
        _ program: CompatibilityProgram, _ fileSystem: UsableFileSystem, folder: String
    ) -> String? {
        guard let user = program.user, geteuid() == 0 else { return nil }
        let closed = [fileSystem.directory, folder].flatMap(RealPath.foldersAbove).first { path in
            var status = stat()
            return stat(path, &status) != 0 || status.st_mode & S_IXOTH == 0
        }
        return closed.map { "runs as \(user.name), who cannot enter \($0)" }
    }
}

/// Facts about a program, found out before it is run.
private struct CompatibilityFacts {
    let version: String
    let obstacle: String?

    init(_ program: CompatibilityProgram) {
        let missing = DebianPackages.missing(program.packages)
        obstacle =
            missing.isEmpty
            ? nil
            : "needs the package\(missing.count == 1 ? "" : "s") \(missing.joined(separator: ", "))"
        version = missing.isEmpty ? Self.firstLine(of: program.version) : ""
    }

    private static func firstLine(of command: String) -> String {
        let process = ChildProcess(
            executable: "/bin/sh", arguments: ["-c", command], environment: ProgramEnvironment.plain,
            timeout: .seconds(10))
        let output = (try? process.run(interruption: nil))?.output ?? ""
        return output.split(separator: "\n").first.map(String.init) ?? "unknown"
    }
}
