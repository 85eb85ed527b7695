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
    /// Nanoseconds that it gets to tidy up after SIGTERM, if it is cut short, before it is killed.
    var grace: UInt64 = 0
    /// A descriptor that polls readable when there is no point in going on; -1 for none.
    var companion: Int32 = -1
    /// What is kept of its standard error.
    var errorsKept = Kept.beginning(2000)
    /// What is kept of its output.
    var outputKept = Kept.beginning(1 << 30)

    /// Called with the number of the process every `interval` nanoseconds while it runs.
    var look: (interval: UInt64, call: (pid_t) -> Void)?

    /// The part of a text that is worth keeping, in bytes.
    enum Kept {
        case beginning(Int)
        case end(Int)
    }

    /// How it ended, and what it wrote.
    struct Result {
        var end: ProcessEnd
        /// What it wrote to the output descriptor.
        var output: String
        /// What was to be kept of what it wrote to standard error.
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
        /// The companion ended.
        case abandoned
    }

    /// Runs it in a process group of its own, of which nothing is left afterwards.
    ///
    /// Throws `SystemCallError` if it cannot be started. `interruption` cuts it short.
    func run(interruption: Interruption?) throws(SystemCallError) -> Result {
        let output = try Pipe(keeping: outputKept)
        let errors = try Pipe(keeping: errorsKept)
        let begin = Clock.nanoseconds
        let process = try Spawn(
            executable: executable, arguments: arguments, environment: environment,
            descriptors: [(outputDescriptor, output.writer), (STDERR_FILENO, errors.writer)]
        ).start()
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
        let cut = wait(
            for: process, by: descriptor, output: output, errors: errors, until: begin + timeout,
            interruption: interruption?.descriptor ?? -1, companion: companion)
        if cut != nil && grace > 0 {
            kill(process, SIGTERM)
            _ = wait(
                for: process, by: descriptor, output: output, errors: errors, until: Clock.nanoseconds + grace
            )
        }
        let elapsed = Clock.nanoseconds - begin
        // The group outlives its leader if a child of a workload hangs.
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        output.drain()
        errors.drain()
        let end: ProcessEnd =
            cut ?? (cp_exited(status) ? .exited(cp_exit_status(status)) : .signalled(cp_term_signal(status)))
        return Result(end: end, output: output.text, errors: errors.text, elapsed: elapsed)
    }

    /// Reads what comes until the process ends; says why it was cut short, nil if it was not.
    private func wait(
        for process: pid_t, by descriptor: Int32, output: Pipe, errors: Pipe, until deadline: UInt64,
        interruption: Int32 = -1, companion: Int32 = -1
    ) -> ProcessEnd? {
        var nextLook = look.map { Clock.nanoseconds + $0.interval } ?? .max
        while true {
            let watched = [descriptor, output.pollable, errors.pollable, interruption, companion]
            var requests = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let now = Clock.nanoseconds
            guard now < deadline else { return .timedOut }
            if let look, now >= nextLook {
                look.call(process)
                nextLook = Clock.nanoseconds + look.interval
            }
            let pause = min(deadline, nextLook) - min(now, nextLook)
            let ready = poll(&requests, nfds_t(requests.count), Int32(clamping: pause / 1_000_000 + 1))
            guard ready > 0 else { continue }
            if requests[3].revents != 0 { return .interrupted }
            output.drain()
            errors.drain()
            if requests[0].revents != 0 { return nil }
            if requests[4].revents != 0 { return .abandoned }
        }
    }
}

/// A pipe whose reading end never blocks.
private final class Pipe {
    let reader: Int32
    let writer: Int32
    private var writerOpen = true
    private let kept: ChildProcess.Kept
    private var bytes: [UInt8] = []
    private var ended = false

    init(keeping kept: ChildProcess.Kept) throws(SystemCallError) {
        self.kept = kept
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

    /// Takes what has arrived so far, but does not follow a writer that never stops.
    func drain() {
        var chunk = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<Self.chunksAtOnce {
            let count = read(reader, &chunk, chunk.count)
            guard count > 0 else {
                ended = ended || count == 0
                return
            }
            keep(chunk[..<count])
        }
    }

    /// More than a pipe holds.
    private static let chunksAtOnce = 32

    private func keep(_ arrived: ArraySlice<UInt8>) {
        switch kept {
        case .beginning(let limit): bytes += arrived.prefix(max(0, limit - bytes.count))
        case .end(let limit):
            bytes += arrived
            if bytes.count > limit { bytes.removeFirst(bytes.count - limit) }
        }
    }
}

/// Ctrl-C and SIGTERM as a descriptor, so that a run ends between trials with valid results.
///
/// Blocks both signals for the whole process: make it before the first thread starts.
public final class Interruption: Sendable {
    /// Polls readable once a signal has arrived, and stays so.
    let descriptor: Int32

    /// Starts to watch. Throws `SystemCallError`.
    public init() throws(SystemCallError) {
        descriptor = cp_interruption_fd()
        guard descriptor >= 0 else { throw SystemCallError("signalfd") }
    }

    deinit { close(descriptor) }

    /// From now on such a signal ends this process at once, as it does by default; those that have arrived
    /// are forgotten.
    func letNextEndProcess() {
        // A struct signalfd_siginfo each, signalfd(2).
        var record = [UInt8](repeating: 0, count: 128)
        while arrived { _ = read(descriptor, &record, record.count) }
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        sigprocmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether a signal has arrived.
    public var arrived: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
