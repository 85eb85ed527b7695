import Glibc
import Testing
import LabTestSupport

@testable import LabBase
@testable import LabMetrics
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

@Suite("Samples between phase boundaries") struct UsageSamplerTests {
    private static let mebibyte: Int64 = 1 << 20

    @Test("A peak between two boundaries is caught", .needs("perl", package: "perl"))
    func peak() throws {
        let folder = try ScratchDirectory()
        let fifo = folder.path + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        // It takes 64 MiB, and lives until the other end is opened, which is when they have been seen.
        let script = "my $x = 'x' x (64 << 20); open my $end, '<', shift or die; <$end>"
        var process = ChildProcess(
            executable: try #require(RealPath.program("perl")), arguments: ["-e", script, fifo],
            environment: ProgramEnvironment.plain, timeout: .seconds(60))
        var sampler = UsageSampler(TreeUsage(pool: nil))
        var samples: [WorkloadReport.Usage] = []
        process.look = (
            UsageSampler.interval,
            { process in
                if let usage = sampler.sample(process) { samples.append(usage) }
                guard samples.contains(where: { $0.anonymousCost >= 63 * Self.mebibyte }) else { return }
                let end = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                if end >= 0 { close(end) }
            }
        )
        let before = Clock.nanoseconds
        let result = try process.run(interruption: nil)
        #expect(result.end == .exited(0), "\(result.errors)")

        // Neither boundary shows it.
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.usages = [
            usage(.beforeFork, fork: 1, at: before), usage(.afterExit, fork: 1, at: Clock.nanoseconds),
        ]
        #expect(Metric.memoryCost.value(in: report) == 0)
        report.addPeaks(among: samples)
        #expect(try #require(Metric.memoryCost.value(in: report)) >= Double(63 * Self.mebibyte))
    }

    @Test("Every sample counts for the fork during which it was taken, and the highest are kept")
    func forks() {
        var report = WorkloadReport(workload: "heap", allocator: "")
        report.usages = [
            usage(.beforeFork, fork: 1, at: 100), usage(.afterExit, fork: 1, at: 200),
            usage(.beforeFork, fork: 2, at: 300), usage(.beforeFork, fork: 3, at: 400),
        ]
        let samples = [
            (at: 50, memory: 9, space: 9), (120, 1, 5), (140, 3, 1), (160, 2, 2), (250, 9, 9), (350, 4, 4),
            (450, 5, 6),
        ].map {
            usage(
                .peak, fork: 0, at: UInt64($0.at), memory: Int64($0.memory), space: Int64($0.space))
        }
        report.addPeaks(among: samples)
        let peaks = report.usages.filter { $0.boundary == .peak }
        #expect(peaks.map(\.fork) == [1, 1, 2, 3])
        #expect(peaks.map(\.at) == [120, 140, 350, 450])
        #expect(Metric.memoryCost.value(in: report) == 3)
        #expect(Metric.fileSystemCost.value(in: report) == 5)
    }

    @Test("Trials of built-in workloads are sampled")
    func trials() throws {
        let folder = try ScratchDirectory()
        let path = try folder.write(
            """
            title: t
            question: q
            workload: {name: heap, pool_size: 64M, hold: 3000, usage_rate: 20}
            matrix: {mode: [1], file_system: [\(folder.path)]}
            trials: 1
            """, to: "scenario.yaml")
        let scenario = try Scenario.load(path: path)
        let plan = Plan(scenario, fileSystems: [folder.path])
        let built = try BuiltWorkload.folder()
        let trial = Trial(
            step: try #require(plan.steps.first), scenario: scenario, directory: folder.path, run: "r")
        let executor = ProcessExecutor(
            executables: try Executables.locate(library: built + "/libvmmalloc.so"), interruption: nil)
        let sample = try #require(trial.sample(by: executor))
        let report = try #require(sample.report, "\(sample.message)")
        #expect(report.complete)
        let peaks = report.usages.filter { $0.boundary == .peak }
        #expect(!peaks.isEmpty)
        #expect(peaks.allSatisfy { $0.fork >= 1 && $0.fileSystem != nil && $0.parent.pss > 0 })
        let begin = try #require(report.usages.first { $0.boundary == .beforeFork })
        let exit = try #require(report.usages.first { $0.boundary == .afterExit })
        #expect(peaks.allSatisfy { $0.at > begin.at && $0.at < exit.at })
        let series = try #require(report.usageSeries)
        #expect(series.times.contains { $0 > 0 && $0 < Int64(exit.at - begin.at) })
        #expect(series.memory.count == series.times.count && series.space.count == series.times.count)
    }

    @Test("A glance sees a program's child that is gone before it can be read")
    func glances() {
        var report = WorkloadReport(workload: "program", allocator: "")
        report.usages = [
            usage(.beforeFork, fork: 1, at: 100), usage(.afterExit, fork: 1, at: 200, space: 1),
        ]
        var program = ProgramRecord()
        program.glances = [
            ProgramRecord.HighestGlance(fork: 1, memory: 7, space: 5),
            ProgramRecord.HighestGlance(fork: 2, memory: 9, space: 9),
        ]
        report.program = program
        #expect(Metric.systemMemoryCost.value(in: report) == 7)
        #expect(Metric.fileSystemCost.value(in: report) == 5)
        #expect(Metric.memoryCost.value(in: report) == 0)
    }

    private func usage(
        _ boundary: Boundary, fork: Int, at time: UInt64, memory: Int64 = 0, space: Int64 = 0
    ) -> WorkloadReport.Usage {
        var counters = MemoryCounters()
        counters.pssAnon = memory
        return WorkloadReport.Usage(
            boundary: boundary, fork: fork, depth: 1, at: time, parent: counters, child: nil,
            system: SystemMemory(meminfo: KilobyteFields("")),
            fileSystem: FileSystemSpace(total: 100, free: 100 - space, available: 0))
    }
}
