import Glibc
import LabProcess
import LabScenario

extension ProgramDefinition {
    /// Why this program cannot run here, with what to install; nil if nothing is known to be missing.
    ///
    /// Looks for the first word of every command, as a shell in the program's environment would.
    package var obstacle: Skipped? {
        if geteuid() == 0, let user, ProgramUser(user) == nil {
            return skipped("there is no user \"\(user)\"")
        }
        guard let missing = firstWords.first(where: { !isFound($0) }) else { return nil }
        return skipped("\(missing) is not found")
    }

    /// Why this program's pool cannot be on `fileSystem`; nil if nothing is known to prevent it.
    func obstacle(on fileSystem: UsableFileSystem) -> Skipped? {
        guard geteuid() == 0, let user = user.flatMap(ProgramUser.init(_:)),
            !Self.succeeds(user.prefix + ["test", "-x", fileSystem.directory], ProgramEnvironment.program)
        else { return nil }
        return Skipped(
            what: "file_system=\(fileSystem.name)",
            reason: "the user \(user.name) of the program cannot reach \(fileSystem.directory); "
                + "run in a directory that everybody can enter")
    }

    private func skipped(_ problem: String) -> Skipped {
        let advice = packages.isEmpty ? "" : "; install \(packages.joined(separator: " "))"
        return Skipped(what: "program=\(name)", reason: problem + advice)
    }

    private var firstWords: [String] {
        let commands = [prepare, ready, load, trigger, settle, verify].compactMap { $0?.action }
        let texts = commands.compactMap { if case .shell(let text) = $0 { text } else { nil } }
        return ([start] + texts).compactMap { Self.firstWord($0) }
    }

    /// The program with which a text begins; nil if only a shell can tell.
    private static func firstWord(_ text: String) -> String? {
        let word = String(text.prefix { !$0.isWhitespace })
        let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "_-+./".contains($0) }
        return isPlain && !word.isEmpty ? word : nil
    }

    private func isFound(_ word: String) -> Bool {
        // Values with placeholders are only known in a trial.
        let settled = environment.filter { Placeholders.names(in: $0.value).isEmpty }
        return Self.succeeds(
            ["/bin/sh", "-c", "command -v \"$1\"", "sh", word],
            ProgramEnvironment.program.merging(settled) { _, own in own })
    }

    private static func succeeds(_ command: [String], _ environment: [String: String]) -> Bool {
        let process = ChildProcess(
            executable: "/usr/bin/env", arguments: command, environment: environment,
            timeout: .seconds(10))
        return (try? process.run(interruption: nil))?.end == .exited(0)
    }
}
