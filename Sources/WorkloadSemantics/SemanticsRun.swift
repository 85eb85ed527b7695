import Glibc
import LabBase
import WorkloadBase
import WorkloadSchema

/// Decides all properties, each in a separate process, one after the other.
struct SemanticsRun {
    let options: SemanticsCommand
    /// What was asked of the library; nil for a reference.
    let pool: PoolExpectation?

    /// More than enough for the heap of a program, and small enough for file systems that are made to be filled.
    private static let poolSize = "32M"

    /// Records all answers in `report`, and completes it.
    func run(_ report: inout WorkloadReport) throws {
        try noteHeap(&report)
        let properties = SemanticProperty.allCases.filter { !$0.needsOwnFileSystem || pool != nil }
        let snapshot = options.snapshotForks > 0 ? try countPairs(&report) : nil
        report.answers = try properties.compactMap { property in
            property.program == nil ? snapshot?.answer(property) : try answer(property)
        }
        if options.stallForks > 0 { try timeForks(&report) }
        report.complete = true
    }

    /// Records which malloc the programs get, and whether their heaps lie in the pool.
    private func noteHeap(_ report: inout WorkloadReport) throws {
        let output = try run(["start", "--starts", "1", "--action", "allocate"], timeout: 1).output
        guard let started = WorkloadReport.last(in: output) else {
            return report.note((.heapInPool, .unknown, "the workload start did not end"), fork: 0, depth: 0)
        }
        report.allocator = started.allocator
        report.placement = started.placement
        report.startCounts = started.startCounts
        report.verdicts += started.verdicts.filter { $0.check == .heapInPool }
    }

    private func answer(_ property: SemanticProperty) throws -> PropertyAnswer? {
        if property.needsOwnFileSystem && !options.mayFill {
            return PropertyAnswer(
                property, .notApplicable, "needs a file system that may be filled, such as xfs_small")
        }
        guard let program = property.program else { return nil }
        let (end, value, output) = try run(
            ["semantics", "--property", property.rawValue, "--child-deadline", "\(options.childDeadline)"],
            environment: program.environment.merging(["VMMALLOC_POOL_SIZE": Self.poolSize]) { own, _ in own },
            timeout: program.patience)
        return answer(property, end, value, output)
    }

    private func answer(
        _ property: SemanticProperty, _ end: ChildEnd, _ value: Int32, _ output: String
    ) -> PropertyAnswer {
        let line = output.split(separator: "\n").last.map(String.init) ?? ""
        switch end {
        case .exited:
            return (try? JSONLine.decode(PropertyAnswer.self, from: line))
                ?? PropertyAnswer(property, .undecided, "the program ended with status \(value)")
        case .signalled:
            return PropertyAnswer(property, .crashed, "the program was killed by \(SignalName.of(value))")
        case .hung, .unknown: return PropertyAnswer(property, .hung, "the program did not end in time")
        }
    }

    // MARK: Other workloads

    private func countPairs(_ report: inout WorkloadReport) throws -> SnapshotAnswer {
        let counted = try other(["snapshot", "--threads", "2", "--forks", "\(options.snapshotForks)"])
        report.pairs = counted?.pairs ?? []
        return SnapshotAnswer(counted)
    }

    /// Takes over the measurements and checks of the workload heap.
    private func timeForks(_ report: inout WorkloadReport) throws {
        let heap = [
            "heap", "--forks", "\(options.stallForks)", "--rewrite-share", "0.1", "--seed", "\(options.seed)",
        ]
        guard let timed = try other(heap), timed.complete else {
            return report.note((.forked, .unknown, "the workload heap did not end"), fork: 1, depth: 1)
        }
        report.timings = timed.timings
        report.accounts = timed.accounts
        report.effects = timed.effects
        report.usages = timed.usages
        report.liveBytes = timed.liveBytes
        report.liveBlocks = timed.liveBlocks
        report.verdicts += timed.verdicts
    }

    private func other(_ arguments: [String]) throws -> WorkloadReport? {
        let settings = [
            "--pool-size", "\(options.poolSize.bytes)", "--share-in-use", "\(options.shareInUse)",
            "--child-deadline", "\(options.childDeadline)",
        ]
        return WorkloadReport.last(in: try run(arguments + settings, timeout: 10).output)
    }

    // MARK: Processes

    /// Runs this program under the library with these arguments; `timeout` is in child deadlines. On a file system that gets
    /// filled, the next program finds as much room as this one did.
    private func run(
        _ arguments: [String], environment: [String: String] = [:], timeout: Int
    ) throws -> (end: ChildEnd, value: Int32, output: String) {
        let deadline = UInt64(options.childDeadline) * 1_000_000_000
        let library = options.preload.map { ["LD_PRELOAD": $0] } ?? [:]
        let process = PropertyProcess(
            arguments: arguments + ["--report-fd", "3"],
            environment: environment.merging(library) { own, _ in own }, timeout: UInt64(timeout) * deadline)
        guard options.mayFill, let pool else { return try process.run() }
        let space = try ReturnedSpace(pool.directory)
        let result = try process.run()
        let lost = try space.lost(at: Clock.nanoseconds + deadline)
        guard lost == 0 else {
            throw StageFailure.undecided(
                "\(lost) bytes of \(pool.directory) are not free after the end of a program")
        }
        return result
    }
}
