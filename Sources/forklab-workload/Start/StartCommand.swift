import ArgumentParser
import CProcess
import FoundationEssentials
import Glibc
import LabBase
import Measurement
import WorkloadBase
import WorkloadSchema

/// `forklab-workload start`: the cost of starting a program under the library.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start /bin/true again and again; report the median time from posix_spawn to its end.",
        discussion: "It inherits the environment, and with it the library under test.")

    @Option("starts", of: .start, help: "How many times it is started.")
    var starts: Int

    @OptionGroup var reporting: ReportOptions

    func run() throws {
        _ = cp_die_with_parent()
        var report = reporting.makeReport(workload: "start")
        let program = StartedProgram("/bin/true")
        var durations: [UInt64] = []
        var failures = 0
        for _ in 0..<starts {
            let begin = Clock.nanoseconds
            failures += try program.run() ? 0 : 1
            durations.append(Clock.nanoseconds - begin)
        }
        durations.sort()
        report.startNanoseconds = durations[starts / 2]
        try judge(&report, failures)
        report.complete = true
        try reporting.emit(report)
    }

    private func judge(_ report: inout WorkloadReport, _ failures: Int) throws {
        let detail = failures == 0 ? "" : "/bin/true failed \(failures) times"
        report.note((.childExit, failures == 0 ? .held : .broken, detail), fork: 0, depth: 0)
        // Whatever allocator this process got from its environment, /bin/true got too.
        let block = malloc(100)
        defer { free(block) }
        let placement = HeapPlacement(
            of: UInt(bitPattern: block), in: try MemoryMapping.read(process: getpid()))
        report.placement = placement
        report.note(
            HeapVerdicts.inPool([placement], try PoolExpectation.fromEnvironment()), fork: 0, depth: 0)
    }
}

/// A program without arguments, in this process's environment.
private struct StartedProgram {
    private let path: String
    private let variables: [UnsafeMutablePointer<CChar>?]

    init(_ path: String) {
        self.path = path
        variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    }

    /// Runs the program to its end. Returns whether its status was 0. Throws `SystemCallError`.
    func run() throws(SystemCallError) -> Bool {
        var process: pid_t = 0
        let error = path.withCString { path in
            var arguments = [UnsafeMutablePointer(mutating: path), nil]
            return posix_spawn(&process, path, nil, nil, &arguments, variables)
        }
        guard error == 0 else { throw SystemCallError("start \(path)") }
        var status: CInt = 0
        guard waitpid(process, &status, 0) == process else { throw SystemCallError("wait for \(path)") }
        return cp_exited(status) && cp_exit_status(status) == 0
    }
}
