import CProcess
import Glibc
import Measurement

/// One program to run, with nothing inherited but what is said here.
struct ChildProcess {
    /// Path of the executable.
    let executable: String
    /// Arguments, without the name of the program.
    let arguments: [String]
    /// The whole environment.
    let environment: [String: String]
    /// Nanoseconds until it is killed.
    let timeout: UInt64
    /// Pass 3 to read what it writes to descriptor 3, 1 for its standard output.
    var outputDescriptor: Int32 = 1

    /// How it ended, and what it wrote.
    struct Result {
        var end: ProcessEnd
        /// What it wrote to the output descriptor.
        var output: String
        /// The beginning of what it wrote to standard error.
        var errors: String
        /// Nanoseconds that it ran.
        var elapsed: UInt64
    }

    /// How a program ended.
    enum ProcessEnd: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case interrupted
    }

    /// Runs it in a process group of its own, of which nothing is left afterwards.
    ///
    /// Throws `SystemCallError` if it cannot be started. `interruption` cuts it short.
    func run(interruption: Interruption?) throws(SystemCallError) -> Result {
        let output = try Pipe()
        let errors = try Pipe()
        let begin = Clock.nanoseconds
        let process = try spawn(output: output, errors: errors)
        output.closeWriter()
        errors.closeWriter()
        let descriptor = cp_pidfd_open(process)
        guard descriptor >= 0 else {
            let error = SystemCallError("pidfd_open of \(executable)")
            kill(-process, SIGKILL)
            waitpid(process, nil, 0)
            throw error
        }
        defer { close(descriptor) }
        let cut = wait(for: descriptor, output: output, errors: errors, interruption: interruption)
        let elapsed = Clock.nanoseconds - begin
        // The group outlives its leader if a child of a workload hangs.
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        output.drain()
        errors.drain()
        let end: ProcessEnd =
            cut ?? (cp_exited(status) ? .exited(cp_exit_status(status)) : .signalled(cp_term_signal(status)))
        return Result(
            end: end, output: output.text, errors: String(errors.text.prefix(2000)), elapsed: elapsed)
    }

    /// Reads what comes until the process ends; says why it was cut short, nil if it was not.
    private func wait(
        for process: Int32, output: Pipe, errors: Pipe, interruption: Interruption?
    ) -> ProcessEnd? {
        let deadline = Clock.nanoseconds + timeout
        while true {
            var requests = [process, output.pollable, errors.pollable, interruption?.descriptor ?? -1].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let now = Clock.nanoseconds
            guard now < deadline else { return .timedOut }
            let ready = poll(
                &requests, nfds_t(requests.count), Int32(clamping: (deadline - now) / 1_000_000 + 1))
            guard ready > 0 else { continue }
            if requests[3].revents != 0 { return .interrupted }
            output.drain()
            errors.drain()
            if requests[0].revents != 0 { return nil }
        }
    }

    private func spawn(output: Pipe, errors: Pipe) throws(SystemCallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        if outputDescriptor != STDOUT_FILENO {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output.writer, outputDescriptor)
        posix_spawn_file_actions_adddup2(&actions, errors.writer, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP))

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

/// A pipe whose reading end never blocks.
private final class Pipe {
    let reader: Int32
    let writer: Int32
    private var writerOpen = true
    private var bytes: [UInt8] = []
    private var ended = false

    init() throws(SystemCallError) {
        var ends: (reader: Int32, writer: Int32) = (-1, -1)
        guard cp_pipe(&ends.reader, &ends.writer) == 0 else { throw SystemCallError("pipe") }
        (reader, writer) = ends
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeWriter()
        close(reader)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The reading end, or -1 once nobody can write any more: a hang-up would keep poll from waiting.
    var pollable: Int32 { ended ? -1 : reader }

    func closeWriter() {
        if writerOpen { close(writer) }
        writerOpen = false
    }

    /// Takes what has arrived so far.
    func drain() {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(reader, &chunk, chunk.count)
            guard count > 0 else {
                ended = ended || count == 0
                return
            }
            bytes += chunk[..<count]
        }
    }
}

/// Arrays of C strings, ended by NULL, as exec and spawn want them.
enum CStrings {
    static func with<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}

/// Ctrl-C and SIGTERM as a descriptor, so that a run ends between trials with valid results.
///
/// Blocks both signals for the whole process: make it before the first thread starts.
public final class Interruption: Sendable {
    /// Polls readable once a signal has arrived; nobody reads it, so it stays so.
    let descriptor: Int32

    /// Starts to watch. Throws `SystemCallError`.
    public init() throws(SystemCallError) {
        descriptor = cp_interruption_fd()
        guard descriptor >= 0 else { throw SystemCallError("signalfd") }
    }

    deinit { close(descriptor) }

    /// Whether a signal has arrived.
    public var arrived: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
