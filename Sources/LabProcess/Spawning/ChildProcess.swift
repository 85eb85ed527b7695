import CProcess
import Glibc
import LabBase

/// A program to run, which inherits only what is stated here.
package struct ChildProcess {
    /// Path of the executable.
    package let executable: String
    /// Arguments, without the name of the program.
    package let arguments: [String]
    /// The whole environment.
    package let environment: [String: String]
    /// How long it may run before it is killed.
    package let timeout: Duration
    /// The descriptor of the program that is read: 1 for its standard output, or 3.
    package var outputDescriptor: Int32 = 1
    /// The time to clean up after SIGTERM, if it is cut short, before it is killed.
    package var grace = Duration.zero
    /// A descriptor that becomes readable when there is no point in going on; -1 for none.
    package var companion: Int32 = -1
    /// The contents of its standard input; nil for none. Unlike an argument, it is not limited to 128 KiB.
    package var input: String?
    /// The part of its standard error that is kept.
    package var errorsKept = Kept.beginning(2000)
    /// The part of its output that is kept.
    package var outputKept = Kept.beginning(1 << 30)

    /// Called with the process ID every `interval` nanoseconds while the program runs.
    package var look: (interval: UInt64, call: (pid_t) -> Void)?

    /// Describes a program to run; nothing is started yet.
    package init(
        executable: String, arguments: [String], environment: [String: String], timeout: Duration,
        outputDescriptor: Int32 = 1, grace: Duration = .zero, companion: Int32 = -1,
        errorsKept: Kept = Kept.beginning(2000), outputKept: Kept = Kept.beginning(1 << 30),
        look: (interval: UInt64, call: (pid_t) -> Void)? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.timeout = timeout
        self.outputDescriptor = outputDescriptor
        self.grace = grace
        self.companion = companion
        self.errorsKept = errorsKept
        self.outputKept = outputKept
        self.look = look
    }

    /// The part of a text that is worth keeping, in bytes.
    package enum Kept {
        case beginning(Int)
        case end(Int)
    }

    /// How it ended, and what it wrote.
    package struct Result {
        package var end: ProcessEnd
        /// What it wrote to the output descriptor.
        package var output: String
        /// The part of its standard error that was to be kept.
        package var errors: String
        /// Nanoseconds that it ran.
        package var elapsed: UInt64
    }

    /// How a program ended.
    package enum ProcessEnd: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case interrupted
        /// The companion descriptor became readable.
        case abandoned
    }

    /// Runs the program in its own process group, of which nothing is left afterwards.
    ///
    /// Throws `SystemCallError` if it cannot be started. `interruption` cuts it short.
    package func run(interruption: Interruption?) throws(SystemCallError) -> Result {
        let output = try Pipe(keeping: outputKept)
        let errors = try Pipe(keeping: errorsKept)
        let begin = Clock.nanoseconds
        let process = try start(output: output.writer, errors: errors.writer)
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
            for: process, by: descriptor, output: output, errors: errors, until: begin + timeout.nanoseconds,
            interruption: interruption?.descriptor ?? -1, companion: companion)
        if cut != nil && grace > .zero {
            kill(process, SIGTERM)
            _ = wait(
                for: process, by: descriptor, output: output, errors: errors,
                until: Clock.nanoseconds + grace.nanoseconds
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

    private func start(output: Int32, errors: Int32) throws(SystemCallError) -> pid_t {
        let input = try input.map(Self.file(holding:))
        defer { if let input { close(input) } }
        return try Spawn(
            executable: executable, arguments: arguments, environment: environment,
            descriptors: [(outputDescriptor, output), (STDERR_FILENO, errors)]
                + (input.map { [(STDIN_FILENO, $0)] } ?? [])
        ).start()
    }

    /// A descriptor of an unnamed file with the contents `text`, positioned at its beginning.
    private static func file(holding text: String) throws(SystemCallError) -> Int32 {
        let descriptor = cp_memory_file()
        guard descriptor >= 0 else { throw SystemCallError("memfd_create") }
        do throws(SystemCallError) {
            try OutputFile.append(text, to: descriptor, path: "a file in memory")
            guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw SystemCallError("lseek") }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Reads its output until the process ends; returns why it was cut short, nil if it was not.
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
