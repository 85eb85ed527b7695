import CProcess
import Glibc
import LabBase
import LabProcess

/// The server of a trial: the one process that runs under the measured allocator.
struct ServerProcess {
    /// The process ID.
    let id: pid_t
    /// A descriptor that becomes readable when the server has ended.
    let descriptor: Int32
    private let outputPath: String

    /// Starts `command`, one simple command for a shell, in `environment` with `allocator` added to it.
    ///
    /// The shell is replaced by the command before the allocator is loaded, so that only the server runs under
    /// it. The kernel kills the server if this process ends. Throws `SystemCallError`.
    init(
        _ command: String, user: ProgramUser?, environment: [String: String], allocator: [String: String],
        output path: String
    ) throws(SystemCallError) {
        outputPath = path
        let output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw SystemCallError("create \(path)") }
        defer { close(output) }
        let prefix = (user?.prefix ?? ["setpriv"]) + ["--pdeathsig", "KILL", "env", "\"$@\""]
        let assignments = allocator.map { "\($0.key)=\($0.value)" }.sorted()
        id = try Spawn(
            executable: "/bin/sh",
            arguments: ["-c", "exec \(prefix.joined(separator: " ")) \(command)", "forklab"] + assignments,
            environment: environment, descriptors: [(STDOUT_FILENO, output), (STDERR_FILENO, output)]
        ).start()
        descriptor = cp_pidfd_open(id)
        guard descriptor >= 0 else { throw SystemCallError("pidfd_open of the server") }
    }

    /// Waits until the server ends or `deadline` (monotonic clock, ns) passes; returns whether it ended.
    func waits(until deadline: UInt64) -> Bool {
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let now = Clock.nanoseconds
            let left = now < deadline ? Int32(clamping: (deadline - now) / 1_000_000 + 1) : 0
            if poll(&request, 1, left) > 0 { return true }
            if Clock.nanoseconds >= deadline { return false }
        }
    }

    /// Returns how the server ended; it must already have ended.
    func reap() -> ChildProcess.ProcessEnd {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        close(descriptor)
        return cp_exited(status) ? .exited(cp_exit_status(status)) : .signalled(cp_term_signal(status))
    }

    /// The last lines that the server wrote.
    var lastLines: String {
        let text = (try? TextFile.read(outputPath)) ?? ""
        return text.suffix(4000).split(separator: "\n").suffix(10).joined(separator: "\n")
    }
}
