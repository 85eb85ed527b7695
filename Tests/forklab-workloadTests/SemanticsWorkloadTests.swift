import CProcess
import Glibc
import Testing
import LabTestSupport

@testable import LabMetrics
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

@Suite("What fork means, property by property") struct SemanticsWorkloadTests {
    private static let arguments = ["semantics", "--pool-size", "64M", "--snapshot-forks", "20"]
    /// A fork that the library does not hear of leaves the heap shared.
    private static let unheard: Set<SemanticProperty> = [.bareForkApart, .clone3Apart]
    /// The properties that a mode takes away. After a fork of mode 1 the kernel keeps the heaps apart by itself.
    private static let limits: [ForkMode: Set<SemanticProperty>] = [
        .privateRemap: [.heapWaitersWoken],
        .poolCopy: [.bareForkApartLater, .heapStackForks],
        .copyOrRemap: [.bareForkApartLater],
    ]
    /// Properties that depend on io_uring, which a container may deny, and on the file system.
    private static let pinned: Set<SemanticProperty> = [
        .heapBlocksPinned, .pinnedReadsArrive, .laterPinnedReadsArrive,
    ]
    private static let hasRing: Bool = {
        var ring = cp_ring()
        guard cp_ring_open(&ring) == 0 else { return false }
        cp_ring_close(&ring)
        return true
    }()

    /// A copy of bytes, as on this tmpfs or disk, does not show one moment; how often that is visible depends on the machine.
    private static let moments: Set<SemanticProperty> = [.heapOfOneMoment, .heapOfForksMoment]

    /// The answers that were decided.
    private func decided(_ report: WorkloadReport) throws -> [SemanticProperty: PropertyAnswer] {
        let answers = try #require(report.answers)
        let decided = answers.filter { $0.verdict != .notApplicable }
        #expect(Set(answers.map(\.property)).count == answers.count)
        return Dictionary(uniqueKeysWithValues: decided.map { ($0.property, $0) })
    }

    @Test(
        "Plain fork answers yes to everything that needs no pool", arguments: [[], ["--stall-forks", "2"]])
    func reference(options: [String]) throws {
        let (report, result) = try BuiltWorkload.run(Self.arguments + options)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        let answers = try decided(report)
        #expect(answers.count > 20 && answers.values.allSatisfy { $0.verdict == .yes }, "\(answers)")
        #expect((Metric.phase(.forkStall).value(in: report) != nil) == !options.isEmpty)
    }

    @Test(
        "Modes 1 to 3 keep everything that the library hears of",
        arguments: [1, 2, 3].map { ForkMode(rawValue: $0)! })
    func pool(mode: ForkMode) throws {
        let (report, result) = try BuiltWorkload.run(Self.arguments, mode: mode)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        let answers = try decided(report).filter { !Self.pinned.contains($0.key) }
        let known = Set(SemanticProperty.allCases.filter { !$0.needsOwnFileSystem }).subtracting(Self.pinned)
        #expect(Set(answers.keys) == known)
        let no = Self.unheard.union(Self.limits[mode] ?? [])
        for (property, answer) in answers where mode == .privateRemap || !Self.moments.contains(property) {
            let expected: PropertyAnswer.Verdict = no.contains(property) ? .no : .yes
            #expect(answer.verdict == expected, "\(property.rawValue) \(answer.description)")
        }
        #expect(Metric.torn(.stackToHeap).value(in: report) != nil)
    }

    @Test("Mode 0 destroys heaps, and the workload survives to report it")
    func disabled() throws {
        let (report, result) = try BuiltWorkload.run(Self.arguments, mode: .disabled)
        #expect(result.end == .exited(0) && report.complete)
        let answers = try decided(report)
        let broken: [SemanticProperty] = [
            .parentWritesUnseen, .childWritesUnseen, .siblingWritesUnseen, .grandchildWritesUnseen,
            .laterForksAsOfFork, .forkptyApart, .bareForkApart, .bareForkApartLater, .clone3Apart,
        ]
        for property in broken {
            let verdict = try #require(answers[property]).verdict
            #expect(verdict == .no || verdict == .crashed, "\(property.rawValue)")
        }
        for property in [
            SemanticProperty.heapAsOfFork, .vforkSharesHeap, .systemLeavesHeap, .execGetsOwnPool,
        ] {
            #expect(answers[property]?.verdict == .yes, "\(property.rawValue)")
        }
    }

    /// Plain fork isolates too: a yes only counts with proof that the heap lies in the pool.
    @Test("Without the library nothing is decided if a pool is expected")
    func withoutLibrary() throws {
        let (report, result) = try BuiltWorkload.run(
            Self.arguments, environment: ["VMMALLOC_POOL_DIR": "/tmp", "VMMALLOC_FORK": "1"])
        #expect(result.end == .exited(0) && report.complete)
        #expect(report.outcomes(.heapInPool) == [.broken])
        let answers = try decided(report)
        #expect(answers.count > 20)
        for answer in answers.values { #expect(answer.verdict == .undecided, "\(answer)") }
    }

    /// A full file system may kill a process whose heap is on it at any write.
    @Test("The process that collects the answers has no heap in the pool")
    func collectorOutside() throws {
        // It starts the first program only after it has got rid of the library.
        let script = """
            "$@" & collector=$!
            children=/proc/$collector/task/$collector/children
            until read -r child <"$children"; [ "$child" ]; do [ -e "$children" ] || exit; done
            cat "/proc/$collector/maps"
            kill -9 "$collector"
            """
        let folder = try BuiltWorkload.folder()
        let result = try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", script, "sh", folder + "/forklab-workload"] + Self.arguments,
            environment: ProgramEnvironment.plain.merging(
                TrialEnvironment.preload(
                    library: folder + "/libvmmalloc.so", directory: "/tmp", size: "64M", mode: .poolCopy)
            ) { _, new in new }, timeout: .seconds(600), outputDescriptor: 1
        ).run(interruption: nil)
        let mapped = Set(MemoryMapping.parse(result.output).map(\.path))
        #expect(mapped.contains(folder + "/forklab-workload"), "\(result)")
        #expect(!mapped.contains(folder + "/libvmmalloc.so"))
    }

    @Test(
        "What the kernel pins on tmpfs, mode 1 leaves it at its first fork",
        .enabled(if: hasRing && geteuid() == 0, "needs io_uring and root"),
        arguments: [1, 2, 3].map { ForkMode(rawValue: $0)! })
    func pinnedMemory(mode: ForkMode) throws {
        for property in Self.pinned {
            let isLost = mode == .privateRemap && property == .pinnedReadsArrive
            let answer = try BuiltWorkload.decide(property, mode: mode)
            #expect(answer.verdict == (isLost ? .no : .yes), "\(property.rawValue) \(answer.description)")
        }
    }

    @Test("A file system that was not made for it is never filled")
    func fillsNothing() throws {
        let (report, _) = try BuiltWorkload.run(
            ["semantics", "--snapshot-forks", "0", "--child-deadline", "600"], mode: .privateRemap)
        let left = try #require(report.answers).filter { $0.verdict == .notApplicable }.map(\.property)
        #expect(
            Set(left).subtracting(Self.pinned)
                == Set(SemanticProperty.allCases.filter(\.needsOwnFileSystem)))
        let cell = Cell(["mode": "1", "file_system": "tmpfs"])
        let small = Cell(["mode": "1", "file_system": "xfs_small"])
        func mayFill(_ cell: Cell) -> String? {
            let arguments = WorkloadKind.semantics.arguments(
                for: cell, seed: 1, timeout: 60_000_000_000)
            return arguments.firstIndex(of: "--may-fill").map { arguments[$0 + 1] }
        }
        #expect(mayFill(cell) == "false" && mayFill(small) == "true")
    }

    @Test(
        "On a small file system of its own the rest is decided",
        .enabled(if: geteuid() == 0, "needs root: it mounts a tmpfs"),
        arguments: [0, 1, 2, 3].map { ForkMode(rawValue: $0)! })
    func ownFileSystem(mode: ForkMode) throws {
        for property in SemanticProperty.allCases where property.needsOwnFileSystem {
            if mode == .disabled && property != .fileSystemFillsDuringFork { continue }
            let expected: PropertyAnswer.Verdict =
                switch (property, mode) {
                case (.fileSystemFillsDuringFork, .disabled), (.noRoomForks, .poolCopy): .no
                case (.refusedForkHarmless, .privateRemap), (.refusedForkHarmless, .copyOrRemap):
                    .notApplicable
                default: .yes
                }
            let answer = try BuiltWorkload.decide(property, mode: mode)
            #expect(answer.verdict == expected, "\(property.rawValue) \(answer.description)")
        }
    }
}
