import FoundationEssentials
import Glibc
import Measurement

/// One run of one case of a program, in a directory of its own that vanishes with all that it has started.
struct CompatibilityTrial {
    let program: CompatibilityProgram
    let testCase: String
    /// The mode; nil without the library.
    let mode: ForkMode?
    /// Where the pools and the working directory lie.
    let directory: String
    let library: String
    /// The folder of the program files.
    let folder: String

    /// Runs it; nil if it was interrupted. Throws `SystemCallError` if it cannot be started.
    func run(interruption: Interruption?) throws -> CompatibilityOutcome? {
        let temporary = try TemporaryDirectory(in: directory)
        defer {
            ProcessTree.killAll()
            temporary.remove()
        }
        let scratch = temporary.path
        try furnish(scratch)
        let script = ". \"$FORKLAB_COMPATIBILITY/prelude.sh\"\n\(program.script)"
        var command = ["bash", "-c", script, program.name]
        if geteuid() == 0, let user = program.user { command = user.prefix + command }
        let process = ChildProcess(
            executable: RealPath.program("env") ?? "/usr/bin/env",
            arguments: ["--chdir=\(scratch)/work"] + command, environment: environment(scratch),
            timeout: UInt64(program.timeout) * 1_000_000_000)
        let result = try process.run(interruption: interruption)
        guard result.end != .interrupted else { return nil }
        // What still forks would still write to the log.
        ProcessTree.killAll()
        return CompatibilityOutcome(
            checks: CheckList(result.output.replacing(scratch, with: "$SCRATCH")), cut: cut(result.end),
            lastWords: result.errors.replacing(scratch, with: "$SCRATCH").split(separator: "\n").suffix(10)
                .map(String.init),
            forks: (try? ForkLog.read("\(scratch)/forks")) ?? [],
            sawPool: access("\(scratch)/proof", F_OK) == 0, elapsed: result.elapsed)
    }

    private func cut(_ end: ChildProcess.ProcessEnd) -> String? {
        switch end {
        case .exited(0), .interrupted, .abandoned: nil
        case .exited(let status): "ended with status \(status)"
        case .signalled(let signal): "killed by \(SignalName.of(signal))"
        case .timedOut: "did not end within \(program.timeout) s"
        }
    }

    /// Gives it a place to work, one for pools, a log of forks, and the command `pooled`. All of it for any user:
    /// programs change theirs.
    private func furnish(_ scratch: String) throws {
        chmod(scratch, 0o1777)
        for name in ["work", "pool", "bin"] {
            try OutputFile.makeDirectory("\(scratch)/\(name)")
            chmod("\(scratch)/\(name)", name == "bin" ? 0o755 : 0o1777)
        }
        try FileManager.default.copyItem(atPath: library, toPath: "\(scratch)/libvmmalloc.so.1")
        try OutputFile.write("", to: "\(scratch)/forks")
        chmod("\(scratch)/forks", 0o666)
        let settings = preload(scratch).map { "\($0.key)='\($0.value)' " }.sorted().joined()
        try OutputFile.write(
            "#!/bin/sh\nexec env \(settings)\"$@\"\n", to: "\(scratch)/bin/pooled")
        chmod("\(scratch)/bin/pooled", 0o755)
    }

    /// The settings that `pooled` adds.
    private func preload(_ scratch: String) -> [String: String] {
        guard let mode else { return [:] }
        return TrialEnvironment.preload(
            library: "\(scratch)/libvmmalloc.so.1", directory: "\(scratch)/pool", size: program.poolSize,
            mode: mode
        ).merging(["VMMALLOC_FORK_LOG": "\(scratch)/forks"]) { own, _ in own }
    }

    private func environment(_ scratch: String) -> [String: String] {
        let own = [
            "PATH": "\(scratch)/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            "HOME": "\(scratch)/work",
            "TMPDIR": "\(scratch)/work", "CASE": testCase, "FORKLAB_COMPATIBILITY": folder,
            "FORKLAB_POOL": mode == nil ? "" : "\(scratch)/pool", "FORKLAB_PROOF": "\(scratch)/proof",
        ]
        return TrialEnvironment.plain.merging(own) { _, own in own }
    }
}
