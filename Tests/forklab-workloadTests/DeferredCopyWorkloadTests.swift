import Glibc
import Testing
import LabTestSupport

@testable import LabMetrics
@testable import Measurement
@testable import WorkloadSchema

@Suite("Workloads whose children copy the heap themselves") struct DeferredCopyWorkloadTests {
    private static let heap = ["heap", "--pool-size", "64M", "--child-deadline", "600"]
    private static let copier = ["VMMALLOC_FORK_COPIER": "child"]

    @Test(
        "The parent is private after each fork, the child has its file, and the heap is folded when it is gone",
        arguments: ["/tmp", "/dev/shm"], [ForkMode.poolCopy, .copyOrRemap])
    func folded(directory: String, mode: ForkMode) throws {
        for writesAtOnce in [false, true] {
            let (report, result) = try BuiltWorkload.run(
                Self.heap + ["--forks", "3", "--write-at-once", "\(writesAtOnce)"], mode: mode,
                directory: directory, settings: Self.copier)
            #expect(result.end == .exited(0) && report.complete && report.complaints == [], "\(result)")
            #expect(report.effects == [.poolCopied, .poolCopied, .poolCopied])
            for check in [Check.modeTookEffect, .forkReport] {
                #expect(report.outcomes(check) == [.held], "\(check): \(report.verdicts)")
            }
            #expect(report.accounts.map(\.parent?.action) == [.deferred, .deferred, .deferred])
            for child in report.accounts.map(\.child) {
                #expect(child?.action.isCopy == true && child?.copier == .child)
            }
            // Each freeze ends in one complete fold.
            guard Self.folds(report) else { continue }
            #expect(report.outcomes(.folded) == [.held])
            let folds = try #require(report.folds).map(\.tally)
            #expect(folds.map(\.folds) == [1, 1, 1], "\(folds)")
            // A tenth of 32 MiB was rewritten while the child copied, and is written to the file.
            #expect(!writesAtOnce || folds.allSatisfy { $0.bytes > 3_000_000 }, "\(folds)")
        }
    }

    /// Whether the library could fold: not while some process of the machine has a context of io_setup(2).
    private static func folds(_ report: WorkloadReport) -> Bool {
        let waits = report.verdicts.filter { $0.check == .folded && $0.outcome == .notApplicable }
        if let first = waits.first { print("not folded, by aio elsewhere on this machine: \(first.detail)") }
        return waits.isEmpty
    }

    @Test("The metrics of the copy and of the fold come out of it")
    func metrics() throws {
        let (report, _) = try BuiltWorkload.run(
            Self.heap + ["--forks", "2", "--write-at-once", "true"], mode: .poolCopy, directory: "/dev/shm",
            settings: Self.copier)
        func value(_ name: String) throws -> Double {
            try #require(Metric(name: name)?.value(in: report), "\(name)")
        }
        #expect(try value("child_copy") > 0 && value("later_child_copy") > 0)
        #expect(try value("child_first_instruction") >= value("child_copy"))
        #expect(try value("bytes_copied") >= value("bytes_live"))
        #expect(try value("fold") > 0)
        guard Self.folds(report) else { return }
        #expect(try value("fold_time") >= value("fold_pause") && value("fold_time_per_page") > 0)
        // A tenth of 32 MiB is rewritten, once before and once after the child has its file.
        #expect(try value("parent_memory") >= 3_000_000)
        #expect(try value("parent_memory_left") < value("parent_memory") / 2)
    }

    @Test("A child that cannot copy stays private, and both say so")
    func staysPrivate() throws {
        // A child cannot load libpmem.
        let (report, result) = try BuiltWorkload.run(
            Self.heap, mode: .poolCopy,
            settings: Self.copier.merging(["VMMALLOC_FORK_COPY": "pmem"]) { _, own in own })
        #expect(result.end == .exited(0) && report.complete, "\(result)")
        #expect(report.effects == [.poolRemapped])
        #expect(report.actions == [.deferred, .remap])
        #expect(report.complaints == [], "\(report.complaints)")
        #expect(try #require(report.accounts.first?.child).error != 0)
    }

    @Test("Where the parent copies, or without a pool, nothing is folded")
    func nothing() throws {
        let copied = try BuiltWorkload.run(Self.heap, mode: .poolCopy).0
        let remapped = try BuiltWorkload.run(Self.heap, mode: .privateRemap, settings: Self.copier).0
        let plain = try BuiltWorkload.run(Self.heap, environment: Self.copier).0
        for report in [copied, remapped, plain] {
            #expect(report.complete && report.folds == nil && report.complaints == [], "\(report.complaints)")
            #expect(Metric(name: "fold_bytes")?.value(in: report) == nil)
            #expect(!report.timings.contains { $0.phase == .fold })
        }
        #expect(Metric(name: "parent_memory")?.value(in: plain) == nil)
        let left = try #require(Metric(name: "parent_memory_left")?.value(in: remapped))
        #expect(left > 2_000_000)
    }

    @Test("Snapshots of a heap whose child copies it are never torn")
    func snapshot() throws {
        let (report, result) = try BuiltWorkload.run(
            ["snapshot", "--pool-size", "16M", "--forks", "20", "--threads", "2", "--child-deadline", "600"],
            mode: .poolCopy, size: "32M", settings: Self.copier)
        #expect(report.complete && report.complaints == [], "\(result)")
        #expect(report.effects == [.poolCopied])
        #expect(report.pairs.allSatisfy { $0.snapshots == 20 && $0.torn == 0 }, "\(report.pairs)")
    }

    @Test("Under a library that does nothing the checks break")
    func empty() throws {
        let (report, _) = try BuiltWorkload.run(
            Self.heap,
            environment: Self.copier.merging(["VMMALLOC_POOL_DIR": "/tmp", "VMMALLOC_FORK": "2"]) { $1 })
        let broken = report.verdicts.filter { $0.outcome == .broken }.map(\.check)
        #expect(broken == [.heapInPool, .modeTookEffect, .folded], "\(report.verdicts)")
    }
}
