import CProcess
import Glibc
import LabBase

/// A program to start in its own process group, which inherits only what is stated here.
package struct Spawn {
    /// Path of the executable.
    package let executable: String
    /// Arguments, without the name of the program.
    package let arguments: [String]
    /// The whole environment.
    package let environment: [String: String]
    /// Its descriptors, each with the source that it is duplicated from. Standard input and output are /dev/null unless they
    /// are named. The targets leave no gap after standard error.
    package let descriptors: [(target: Int32, source: Int32)]

    /// Describes a program to start; nothing is started yet.
    package init(
        executable: String, arguments: [String], environment: [String: String],
        descriptors: [(target: Int32, source: Int32)]
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }

    /// Starts the program and returns its process ID. Throws `SystemCallError`.
    package func start() throws(SystemCallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if !descriptors.contains(where: { $0.target == STDIN_FILENO }) {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        if !descriptors.contains(where: { $0.target == STDOUT_FILENO }) {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        // Use copies whose numbers are not among the targets: otherwise the first dup2 could close the source of the second.
        let firstUnused = max(descriptors.map(\.target).max() ?? STDERR_FILENO, STDERR_FILENO) + 1
        var copies: [Int32] = []
        defer { for copy in copies { close(copy) } }
        for (target, source) in descriptors {
            let copy = fcntl(source, F_DUPFD_CLOEXEC, firstUnused)
            guard copy >= 0 else { throw SystemCallError("duplicate a descriptor for \(executable)") }
            copies.append(copy)
            posix_spawn_file_actions_adddup2(&actions, copy, target)
        }
        // Our caller or one of our libraries may have left some open: a server would keep them.
        cp_spawn_without_descriptors(&actions, firstUnused)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        // An ignored signal was meant for us only: nohup ignores SIGHUP, a script that starts us in the background SIGINT.
        var allSignals = sigset_t()
        sigfillset(&allSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = [POSIX_SPAWN_SETSIGMASK, POSIX_SPAWN_SETSIGDEF, POSIX_SPAWN_SETPGROUP]
        posix_spawnattr_setflags(&attributes, flags.reduce(0) { $0 | Int16($1) })

        var process = pid_t()
        let error = CStrings.with([executable] + arguments) { argv in
            CStrings.with(environment.map { "\($0.key)=\($0.value)" }.sorted()) { envp in
                posix_spawn(&process, executable, &actions, &attributes, argv, envp)
            }
        }
        guard error == 0 else { throw SystemCallError("run \(executable)", code: error) }
        return process
    }
}

/// NULL-terminated arrays of C strings, as exec and spawn take them.
package enum CStrings {
    package static func with<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
