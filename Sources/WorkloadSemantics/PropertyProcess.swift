import CProcess
import FoundationEssentials
import Glibc
import LabBase
import WorkloadBase

/// This program, run again with other arguments, the same library and a deadline. Whatever happens to it cannot
/// harm its parent.
struct PropertyProcess {
    /// Arguments, without the name of the program. It reports on descriptor 3.
    let arguments: [String]
    /// Variables beyond those of this process.
    let environment: [String: String]
    /// Nanoseconds that it may take.
    let timeout: UInt64

    /// Runs it. Returns how it ended, the status or signal, and its report. Throws `SystemCallError`.
    func run() throws -> (end: ChildEnd, value: Int32, output: String) {
        let output = cp_memory_file()
        guard output >= 0 else { throw SystemCallError("make a file in memory") }
        defer { close(output) }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let words = ["forklab-workload"] + arguments
        var argumentVector = words.map { strdup($0) } + [nil]
        var environmentVector = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argumentVector + environmentVector { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var process: pid_t = 0
        let error = posix_spawn(
            &process, "/proc/self/exe", &actions, &attributes, &argumentVector, &environmentVector)
        guard error == 0 else { throw SystemCallError("start /proc/self/exe", code: error) }
        let (end, value, _) = ChildEnd.reap(process, until: Clock.nanoseconds + timeout)
        // Relatives of a crashed process may live on.
        kill(-process, SIGKILL)
        return (end, value, try TextFile.read("/proc/self/fd/\(output)"))
    }
}
