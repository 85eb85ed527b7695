import Glibc
import Testing
import LabTestSupport

@testable import LabProcess
@testable import Measurement
@testable import WorkloadSchema

@Suite("The workloads, without a pool") struct WorkloadTests {
    private static let small = ["heap", "--pool-size", "16M", "--child-deadline", "600"]

    @Test("Two forks with a grandchild each: every phase timed, every check held")
    func generations() throws {
        let (report, result) = try BuiltWorkload.run(Self.small + ["--forks", "2", "--depth", "2"])
        #expect(result.end == .exited(0) && report.complete)
        #expect(report.effects == [.anonymous, .anonymous, .anonymous, .anonymous])
        for fork in 1...2 {
            for depth in 1...2 {
                let own = report.timings.filter { $0.fork == fork && $0.depth == depth }
                #expect(Set(own.map(\.phase)) == Set(Phase.allCases).subtracting([.fill, .spawn, .fold]))
                let usages = report.usages.filter { $0.fork == fork && $0.depth == depth }
                // No hold was asked for, and peaks come from the harness.
                #expect(
                    usages.map(\.boundary)
                        == Boundary.allCases.filter { ![.peak, .afterHold, .afterFold].contains($0) })
            }
        }
        let outcomes = Dictionary(grouping: report.verdicts, by: \.check).mapValues { Set($0.map(\.outcome)) }
        for check in Check.allCases where ![.answered, .verified, .folded].contains(check) {
            let needsPool = [.heapInPool, .modeTookEffect, .forkReport].contains(check)
            #expect(outcomes[check] == [needsPool ? .notApplicable : .held], "\(check.rawValue)")
        }
    }

    @Test(
        "Blocks of every distribution keep their contents",
        arguments: ["small", "mixed", "large", "16,100,70000"])
    func distributions(distribution: String) throws {
        let (report, _) = try BuiltWorkload.run(
            Self.small + ["--distribution", distribution, "--rewrite-share", "1"])
        #expect(report.complete && report.liveBytes >= 8 << 20)
        #expect(!report.verdicts.contains { $0.outcome == .broken || $0.outcome == .unknown })
    }

    @Test("A heap that should lie in a pool and does not is detected", arguments: ForkMode.allCases)
    func noPool(mode: ForkMode) throws {
        let (report, _) = try BuiltWorkload.run(
            Self.small, environment: ["VMMALLOC_POOL_DIR": "/tmp", "VMMALLOC_FORK": "\(mode.rawValue)"])
        let broken = report.verdicts.filter { $0.outcome == .broken }.map(\.check)
        #expect(broken == [.heapInPool, .modeTookEffect])
    }

    @Test("Without a pool no snapshot is torn; each child is counted for each pair")
    func snapshots() throws {
        let (report, result) = try BuiltWorkload.run([
            "snapshot", "--pool-size", "16M", "--forks", "20", "--threads", "2", "--child-deadline", "600",
        ])
        #expect(result.end == .exited(0) && report.complete)
        #expect(report.pairs.map(\.pair) == PairPlacement.allCases)
        #expect(report.pairs.allSatisfy { $0.snapshots == 20 && $0.torn == 0 && $0.longestLag == 0 })
        #expect(report.effects == [.anonymous] && report.accounts.isEmpty)
    }

    @Test("Snapshots reveal a heap that fork leaves shared")
    func sharedHeap() throws {
        let (report, result) = try BuiltWorkload.run(
            ["snapshot", "--pool-size", "16M", "--forks", "20", "--child-deadline", "600"], mode: .disabled,
            size: "32M")
        #expect(report.complete && report.complaints == [], "\(result)")
        #expect(report.effects == [.poolShared])
        // The parent's later writes reach every child's heap, but not its .bss.
        let pair = try #require(report.pairs.first { $0.pair == .globalToHeap })
        #expect(pair.snapshots == 20 && pair.torn == 20)
    }

    @Test("Throughput is counted over all threads")
    func throughput() throws {
        let (report, result) = try BuiltWorkload.run(["throughput", "--threads", "2", "--duration", "10"])
        #expect(result.end == .exited(0) && report.complete)
        #expect(try #require(report.operationsPerSecond) > 0)
    }

    @Test("Starts are timed, and the heap of a started program lies where it should")
    func start() throws {
        let arguments = ["start", "--starts", "3"]
        let plain = try BuiltWorkload.run(arguments)
        let pooled = try BuiltWorkload.run(arguments, mode: .privateRemap, size: "32M")
        for (report, result) in [plain, pooled] {
            #expect(result.end == .exited(0) && report.complete)
            #expect(try #require(report.startNanoseconds) > 0)
            #expect(report.verdicts.allSatisfy { $0.outcome != .broken })
        }
    }

    @Test("What a start does is counted", arguments: ["allocate", "grow", "thread", "fork"])
    func startCounts(action: String) throws {
        func counts(_ number: Int) throws -> StartCounts {
            let arguments = ["start", "--starts", "1", "--action", action, "--action-count", "\(number)"]
            let (report, result) = try BuiltWorkload.run(arguments, mode: .privateRemap, size: "32M")
            #expect(result.end == .exited(0) && report.complete)
            return try #require(report.startCounts)
        }
        let none = try counts(0)
        let many = try counts(40)
        #expect(none.pageFaults > 0 && none.systemCalls > 0 && none.peakMemory > 1 << 20)
        #expect(none.instructions == nil)
        // Each thread and each child makes system calls of its own; a small block makes none.
        #expect(many.systemCalls > none.systemCalls + 40 || ["allocate", "grow"].contains(action))
        #expect(many.systemCalls < none.systemCalls + 40 || !["allocate", "grow"].contains(action))
    }

    @Test("Instructions are counted where valgrind is installed")
    func instructions() throws {
        let arguments = [
            "start", "--starts", "1", "--action", "allocate", "--action-count", "1000",
            "--count-instructions", "true",
        ]
        let (report, result) = try BuiltWorkload.run(arguments)
        guard access("/usr/bin/valgrind", X_OK) == 0 else {
            #expect(result.errors.contains("valgrind is not installed"))
            return
        }
        #expect(try #require(report.startCounts?.instructions) > 50_000)
    }

    @Test("A pool is filled three times")
    func exhaustion() throws {
        let (report, result) = try BuiltWorkload.run(
            ["exhaustion", "--pool-size", "16M", "--turns", "2"], mode: .privateRemap, size: "16M")
        #expect(result.end == .exited(0) && report.complete)
        let shares = try #require(report.usableShares)
        #expect([shares.fresh, shares.afterRun].allSatisfy { $0 > 0.7 && $0 <= 1 })
        // Blocks in a thread's cache are scattered all over such a small pool: docs/memory-use.md.
        #expect(shares.afterFree > 0.1 && shares.afterFree <= 1)
    }

    @Test("Without a pool nothing is exhausted")
    func exhaustionNeedsAPool() throws {
        let result = try ChildProcess(
            executable: try BuiltWorkload.folder() + "/forklab-workload",
            arguments: ["exhaustion", "--pool-size", "16M"],
            environment: ProgramEnvironment.plain, timeout: .seconds(600)
        ).run(interruption: nil)
        #expect(result.end != .exited(0) && result.errors.contains("VMMALLOC_POOL_DIR is not set"))
    }

    @Test("A parameter out of range is refused by name", arguments: ["--share-in-use", "--rewrite-share"])
    func refused(option: String) throws {
        let result = try ChildProcess(
            executable: try BuiltWorkload.folder() + "/forklab-workload", arguments: ["heap", option, "2"],
            environment: ProgramEnvironment.plain, timeout: .seconds(600)
        ).run(interruption: nil)
        #expect(
            result.end == .exited(2) && result.errors.contains("is invalid for '\(option) ")
                && result.errors.contains("give a number from 0 to 1;"))
    }
}
