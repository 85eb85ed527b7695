import Glibc
import Measurement

/// All properties, each in a process of its own, one after the other.
struct SemanticsRun {
    let options: SemanticsCommand

    /// Space for the heap of a program and then some; small enough for file systems that are made to be filled.
    private static let poolSize = "32M"

    /// Notes all answers in `report`, and completes it.
    func run(_ report: inout WorkloadReport) throws {
        let pool = try PoolExpectation.fromEnvironment()
        noteHeapInPool(&report, pool)
        let properties = SemanticProperty.allCases.filter { !$0.needsOwnFileSystem || pool != nil }
        let snapshot = options.snapshotForks > 0 ? try countPairs(&report) : nil
        report.answers = try properties.compactMap { property in
            property.program == nil ? snapshot?.answer(property) : try answer(property)
        }
        if options.stallForks > 0 { try timeForks(&report) }
        report.complete = true
    }

    private func noteHeapInPool(_ report: inout WorkloadReport, _ pool: PoolExpectation?) {
        guard let block = malloc(100) else { return }
        defer { free(block) }
        report.placement = try? HeapPlacement(of: UnsafeRawPointer(block))
        report.note(HeapVerdicts.inPool([report.placement], pool), fork: 0, depth: 0)
    }

    private func answer(_ property: SemanticProperty) throws -> PropertyAnswer? {
        if property.needsOwnFileSystem && !options.mayFill {
            return PropertyAnswer(
                property, .notApplicable, "needs a file system that may be filled, such as xfs_small")
        }
        guard let program = property.program else { return nil }
        let process = PropertyProcess(
            arguments: [
                "semantics", "--property", property.rawValue, "--child-deadline",
                "\(options.childDeadline)", "--report-fd", "3",
            ],
            environment: program.environment.merging(["VMMALLOC_POOL_SIZE": Self.poolSize]) { own, _ in own },
            timeout: UInt64(options.childDeadline) * 1_000_000_000)
        let (end, value, output) = try process.run()
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

    /// Takes over what the workload heap measures and checks.
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
        let sizes = [
            "--pool-size", "\(options.poolSize.bytes)", "--share-in-use", "\(options.shareInUse)",
            "--child-deadline", "\(options.childDeadline)", "--report-fd", "3",
        ]
        let process = PropertyProcess(
            arguments: arguments + sizes, environment: [:],
            timeout: UInt64(options.childDeadline) * 10_000_000_000)
        return WorkloadReport.last(in: try process.run().output)
    }
}
