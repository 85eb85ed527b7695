import LabBase
import LabProcess
import LabRun
import Measurement
import SystemPackage

/// Is the preload library there, and does LD_PRELOAD put a program's heap into a pool?
struct LibraryCheck: DoctorCheck {
    /// The smallest possible pool.
    private static let poolSize = "14M"
    private static let timeout = Duration.seconds(10)

    /// Path of the library; nil if there is none.
    let library: String?
    /// The directory for the pool of the trial.
    let directory: String

    func findings(on machine: Machine) -> [Finding] {
        guard let library else {
            return [
                Finding(
                    .missing, "libvmmalloc", "not beside forklab",
                    advice: "swift build -c release, or give --library")
            ]
        }
        return [Self.trial(library: library, directory: directory)]
    }

    /// Runs a program that shows its own mappings under the library.
    private static func trial(library: String, directory: String) -> Finding {
        let subject = "libvmmalloc"
        guard let program = RealPath.program("cat") else {
            return Finding(.unknown, subject, "no program \"cat\" to try it on")
        }
        var environment = ProgramEnvironment.plain
        environment.merge(
            TrialEnvironment.preload(
                library: library, directory: directory, size: poolSize, mode: .privateRemap)
        ) { _, new in new }
        let process = ChildProcess(
            executable: program, arguments: ["/proc/self/maps"], environment: environment, timeout: timeout)
        do {
            let result = try process.run(interruption: nil)
            return judge(
                result.end, maps: result.output, complaint: result.errors, library: library,
                directory: directory)
        } catch {
            return Finding(.unknown, subject, "\(error)")
        }
    }

    /// Draws conclusions from how the trial ended and from its mappings.
    static func judge(
        _ end: ChildProcess.ProcessEnd, maps: String, complaint: String, library: String, directory: String
    ) -> Finding {
        let subject = "libvmmalloc"
        let reason = complaint.split(separator: "\n").first.map(String.init)
        guard end == .exited(0) else {
            return Finding(
                .hurts, subject, "a program under it in \(directory) does not start: \(reason ?? "\(end)")",
                advice: "fix what it complains about")
        }
        let mappings = maps.split(separator: "\n").compactMap { MemoryMapping(line: $0) }
        guard mappings.contains(where: { $0.path == library }) else {
            return Finding(
                .hurts, subject, "LD_PRELOAD takes no effect" + (reason.map { ": \($0)" } ?? ""),
                advice: "see whether /proc/sys/kernel, a security module or noexec on \(library) forbids it")
        }
        let pool = FilePath(directory)
        guard mappings.contains(where: { $0.isShared && FilePath($0.path).starts(with: pool) }) else {
            return Finding(
                .hurts, subject, "\(library) is loaded, but no pool in \(directory)",
                advice: "give another library with --library")
        }
        return Finding(.ok, subject, "\(library), tried on a program with its heap in \(directory)")
    }
}
