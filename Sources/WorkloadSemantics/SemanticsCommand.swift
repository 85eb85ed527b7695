import ArgumentParser
import CommandLineTool
import CProcess
import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// `forklab-workload semantics`: what fork still means.
package struct SemanticsCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "semantics",
        abstract: "Decide, property by property, what fork(2) still means to a program.",
        discussion: """
            Each property is decided by a separate program: this one, run again, with a pool of 32 MiB. One that \
            crashes is an answer too. Two properties need the workload snapshot, which runs with the pool size given; \
            with --stall-forks the workload heap runs too and times its forks.

            Properties about full file systems are decided only with --may-fill true: they fill the one that \
            VMMALLOC_POOL_DIR is on. The process that collects the answers first executes itself without the library: \
            its own heap must not suffer from the experiments.
            """)

    @Option(
        "pool_size", of: .semantics,
        help: "Size of the pool of the workloads snapshot and heap (suffixes K, M, G, T).")
    var poolSize: SizeArgument

    @Option("share_in_use", of: .semantics, help: "Share of the pool size that they fill, 0 to 1.")
    var shareInUse: Double

    @Option(
        "snapshot_forks", of: .semantics,
        help: "Forks of the workload snapshot; 0: properties that need it are not decided.")
    var snapshotForks: Int

    @Option("stall_forks", of: .semantics, help: "Timed forks of the workload heap; 0: none.")
    var stallForks: Int

    @Option("may_fill", of: .semantics, help: "Whether the pool's file system may be filled: true or false.")
    var mayFill: Bool

    @Option("child_deadline", of: .semantics, help: "Seconds that each program may take.")
    var childDeadline: Int

    @Option(help: "Seed for the workload heap (default: 1).", transform: NumberArgument.wholeNumber)
    var seed: UInt64 = 1

    @Option(help: "Decide only this property, in this process.")
    var property: String?

    /// The library that the programs get, and that this process had.
    @Option(help: .private)
    var preload: String?

    @OptionGroup var reporting: ReportOptions

    /// Creates a command for the parser.
    package init() {}

    package func validate() throws {
        if let property, SemanticProperty(rawValue: property)?.program == nil {
            throw ValidationError("--property is \(property), which no program decides")
        }
    }

    package func run() throws {
        _ = cp_die_with_parent()
        if let program = property.flatMap(SemanticProperty.init)?.program {
            return try PropertyDecision(program, seconds: childDeadline).emit(to: reporting.reportFd)
        }
        try leaveLibrary()
        var report = reporting.makeReport(workload: "semantics")
        try SemanticsRun(options: self, pool: PoolExpectation.fromEnvironment()).run(&report)
        try reporting.emit(report)
    }

    /// Continues without the library: a full file system may kill a process whose heap is on it at any write.
    private func leaveLibrary() throws {
        guard let library = getenv("LD_PRELOAD").map({ String(cString: $0) }) else { return }
        unsetenv("LD_PRELOAD")
        var arguments = (CommandLine.arguments + ["--preload", library]).map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
        throw SystemCallError("execute /proc/self/exe")
    }
}
