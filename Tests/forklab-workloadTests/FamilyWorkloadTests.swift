import Testing
import LabTestSupport

@testable import LabMetrics
@testable import LabProcess
@testable import Measurement
@testable import WorkloadSchema

/// How each is run.
private enum Family {
    /// Small heaps, since in mode 2 each child has a copy.
    private static let small = ["--pool-size", "64M", "--share-in-use", "0.05", "--child-deadline", "600"]
    static let tree = ["tree", "--depth", "3", "--width", "2"] + small
    static let prefork = ["prefork", "--children", "12"] + small
    static let writers = ["writers", "--forks", "2", "--lead", "50", "--stall-rate", "2000"] + small
    static let shell = ["shell", "--spawns", "5", "--preload-program", "false"] + small
}

@Suite("Workloads with many children") struct FamilyWorkloadTests {
    @Test(
        "With the heap in a pool, each keeps its processes apart",
        arguments: [Family.tree, Family.prefork, Family.writers, Family.shell],
        [ForkMode.privateRemap, .poolCopy])
    func pool(arguments: [String], mode: ForkMode) throws {
        let (report, result) = try BuiltWorkload.run(arguments, mode: mode)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        #expect(report.outcomes(.heapInPool) == [.held] && report.outcomes(.modeTookEffect) == [.held])
        #expect(Set(report.effects) == [mode == .poolCopy ? .poolCopied : .poolRemapped])
        // It has the phases and boundaries of the heap workload.
        let phases = report.timings.filter { $0.fork == 1 && $0.depth == 1 }.map(\.phase)
        #expect(Set(phases) == Set(Phase.allCases).subtracting([.fill, .spawn, .fold]))
        let boundaries = report.usages.filter { $0.fork == 1 && $0.depth == 1 }.map(\.boundary)
        #expect(Set(boundaries) == Set(Boundary.allCases).subtracting([.peak, .afterHold, .afterFold]))
    }

    @Test("Every process of a tree forks and is verified, in every generation")
    func generations() throws {
        let (report, result) = try BuiltWorkload.run(Family.tree)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        for depth in 1...3 {
            let stalls = report.timings.filter { $0.phase == .forkStall && $0.depth == depth }
            #expect(stalls.map(\.fork) == Array(1...(1 << depth)))
            // The checks of each generation are those of its first child.
            let verified = report.verdicts.filter { $0.check == .childChecksum && $0.depth == depth }
            #expect(verified.count == 1 << (depth - 1) && verified.allSatisfy { $0.outcome == .held })
        }
        #expect(Metric.deepestForkStall.value(in: report) != nil)
    }

    @Test("The children of a prefork server live at the same time, and their memory is reported")
    func prefork() throws {
        let (report, result) = try BuiltWorkload.run(Family.prefork)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        let living = Dictionary(uniqueKeysWithValues: report.usages.map { ($0.boundary, $0.children) })
        #expect(living[.beforeFork] == 0 && living[.afterFork] == 12 && living[.afterReallocate] == 12)
        let memory = try #require(Metric.childMemory.value(in: report))
        let together = try #require(report.usages.first { $0.boundary == .afterChildWrite }?.child?.pss)
        #expect(memory * 12 == Double(together))
        let start = try #require(Metric.phase(.startAll).value(in: report))
        let stalls = report.timings.filter { $0.phase == .forkStall }.reduce(0) { $0 + $1.nanoseconds }
        #expect(start >= Double(stalls))
    }

    @Test("Writers go on through the forks; their stalls and the blocks they tear are counted")
    func writers() throws {
        let (report, result) = try BuiltWorkload.run(Family.writers + ["--threads", "3"])
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        #expect(try #require(report.operationsPerSecond) > 0)
        let torn = try #require(report.tornBlocks)
        #expect(torn.seen > 0 && torn.torn == 0)
        #expect(report.latencies.map(\.probe) == ["allocating", "allocating", "computing", "computing"])
        #expect(Metric.threadStallBefore(.allocating).value(in: report) != nil)
    }

    @Test("Each program that a shell starts is timed to its end")
    func shell() throws {
        let (report, result) = try BuiltWorkload.run(Family.shell)
        #expect(result.end == .exited(0) && report.complete && report.complaints == [])
        #expect(report.timings.filter { $0.phase == .spawn }.map(\.fork) == Array(2...6))
        let stall = try #require(Metric.laterPhase(.forkStall).value(in: report))
        #expect(try #require(Metric.laterPhase(.spawn).value(in: report)) > stall)
    }

    @Test("A program that fails is a broken check, and the last that is started")
    func failingProgram() throws {
        let (report, result) = try BuiltWorkload.run(Family.shell + ["--program", "/bin/false"])
        #expect(result.end == .exited(0) && report.complete)
        #expect(report.complaints == ["child_exit broken: exit status 1"])
        #expect(report.timings.filter { $0.phase == .spawn }.count == 1)
    }

    @Test("Impossible options are refused by name")
    func refused() throws {
        func errors(_ arguments: [String]) throws -> String {
            try ChildProcess(
                executable: try BuiltWorkload.folder() + "/forklab-workload", arguments: arguments,
                environment: ProgramEnvironment.plain, timeout: .seconds(600)
            ).run(interruption: nil).errors
        }
        #expect(try errors(["shell", "--program", "/nowhere"]).contains("--program is /nowhere"))
        #expect(try errors(["tree", "--depth", "8", "--width", "8"]).contains("keep it to 4096"))
        #expect(
            try errors(["store", "--zipf-exponent", "6"]).contains(
                "'--zipf-exponent <zipf-exponent>': give a number from 0.0 to 5"))
    }
}
