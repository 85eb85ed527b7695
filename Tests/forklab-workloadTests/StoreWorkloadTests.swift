import Testing
import LabTestSupport

@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

@Suite("The store workload") struct StoreWorkloadTests {
    private static let small = [
        "store", "--pool-size", "64M", "--share-in-use", "0.1", "--lead", "50", "--child-deadline", "600",
    ]

    @Test("Requests are served before, during and after each fork, and every phase is timed")
    func reference() throws {
        let (report, result) = try BuiltWorkload.run(
            Self.small + ["--forks", "2", "--threads", "2", "--stall-rate", "500"])
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        #expect(report.outcomes(.answered) == [.held])
        #expect(report.latencies.map(\.probe) == ["store", "allocating", "computing"].flatMap { [$0, $0] })
        #expect(report.latencies.map(\.fork) == [1, 2, 1, 2, 1, 2])
        for profile in report.latencies {
            #expect(profile[.before].count > 0 && profile[.after].count + profile[.during].count > 0)
            #expect(profile[.afterExit].count > 0 && profile.timeline.counts.contains { $0 > 0 })
        }
        for profile in report.latencies {
            let stall = report.timings.first { $0.phase == .forkStall && $0.fork == profile.fork }
            #expect(profile.forkNanoseconds == stall?.nanoseconds, "requests around another fork")
        }
        #expect(report.latencies[0].threads == 2 && report.latencies[0].rate == 2000)
        for fork in 1...2 {
            let phases = report.timings.filter { $0.fork == fork }.map(\.phase)
            #expect(Set(phases) == Set(Phase.allCases).subtracting([.fill, .spawn, .fold]))
        }
    }

    @Test("A probe that runs out of room says so")
    func fullLog() throws {
        let (report, result) = try BuiltWorkload.run(
            Self.small + ["--longest-run", "1", "--stall-rate", "500", "--lead", "1500"])
        #expect(result.end == .exited(0) && report.complete)
        #expect(
            report.complaints == [
                "answered unknown: the log was full before the end: store, allocating, computing"
            ])
    }

    @Test("A trial's probes have room until its timeout")
    func roomForAll() {
        let cell = Cell(["mode": "1", "file_system": "tmpfs", "pool_size": "64M"])
        for kind in WorkloadKind.allCases {
            let arguments = kind.arguments(for: cell, seed: 1, timeout: 90_000_000_000)
            #expect(arguments.contains("--longest-run") == (kind.parameter("lead") != nil))
            #expect(!arguments.contains("--longest-run") || arguments.last == "91")
        }
    }

    @Test(
        "With the heap in a pool, the snapshot of a store at rest is whole",
        arguments: [ForkMode.privateRemap, .poolCopy, .copyOrRemap])
    func pool(mode: ForkMode) throws {
        let (report, result) = try BuiltWorkload.run(Self.small + ["--forks", "2"], mode: mode)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        #expect(report.outcomes(.heapInPool) == [.held] && report.outcomes(.modeTookEffect) == [.held])
    }

    @Test("A remap shows one moment even while requests go on")
    func goingOn() throws {
        let (report, _) = try BuiltWorkload.run(
            Self.small + ["--forks", "3", "--quiesce", "false", "--read-share", "0", "--rate", "20000"],
            mode: .privateRemap)
        #expect(report.complete && report.complaints == [])
    }

    /// By its findings, or by how it ends: two processes that change one heap may crash before they can report.
    @Test("A store that fork leaves shared is detected")
    func sharedHeap() throws {
        let (report, result) = try BuiltWorkload.run(Self.small, mode: .disabled)
        let broken = Set(report.verdicts.filter { $0.outcome == .broken }.map(\.check))
        let isFoundOut = broken.isSuperset(of: [.isolationParentToChild, .isolationChildToParent])
        let hasCrashed = if case .signalled = result.end { true } else { false }
        #expect(isFoundOut || hasCrashed, "\(result)")
        #expect(report.effects == [.poolShared] || hasCrashed)
    }
}
