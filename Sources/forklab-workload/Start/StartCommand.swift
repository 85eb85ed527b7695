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
        abstract:
            "Start a small program again and again; report the median time from posix_spawn to its end.",
        discussion: """
            It inherits the environment, and with it the library under test. One more start is traced, to count its \
            page faults and system calls, and with --count-instructions true another is run under valgrind.
            """)

    @Option("starts", of: .start, help: "How many times it is started.")
    var starts: Int

    @Option(
        "action", of: .start,
        help: "What the program does: nothing (/bin/true), allocate, grow, thread or fork.")
    var action: StartedAction

    @Option("action_count", of: .start, help: "How often it does that; 0: it only starts and ends.")
    var actionCount: Int

    @Option("count_instructions", of: .start, help: "Whether instructions are counted: true or false.")
    var countInstructions: Bool

    @OptionGroup var reporting: ReportOptions

    func run() throws {
        _ = cp_die_with_parent()
        var report = reporting.makeReport(workload: "start")
        let program = try StartedProgram(action, count: actionCount)
        var durations: [UInt64] = []
        var failures = 0
        for _ in 0..<starts {
            let begin = Clock.nanoseconds
            failures += try program.run() ? 0 : 1
            durations.append(Clock.nanoseconds - begin)
        }
        durations.sort()
        report.startNanoseconds = durations[starts / 2]
        // Some places forbid tracing.
        report.startCounts = try TracedStart(program).count()
        if countInstructions {
            report.startCounts = report.startCounts ?? StartCounts()
            report.startCounts?.instructions = try CountedInstructions(of: program).total()
        }
        try judge(&report, program, failures)
        report.complete = true
        try reporting.emit(report)
    }

    private func judge(
        _ report: inout WorkloadReport, _ program: StartedProgram, _ failures: Int
    ) throws {
        let detail = failures == 0 ? "" : "\(program.path) failed \(failures) times"
        report.note((.childExit, failures == 0 ? .held : .broken, detail), fork: 0, depth: 0)
        // Whatever allocator this process got from its environment, the program got too.
        let block = malloc(100)
        defer { free(block) }
        let placement = HeapPlacement(
            of: UInt(bitPattern: block), in: try MemoryMapping.read(process: getpid()))
        report.placement = placement
        report.note(
            HeapVerdicts.inPool([placement], try PoolExpectation.fromEnvironment()), fork: 0, depth: 0)
    }
}

extension StartedAction: ExpressibleByArgument {}
