import Foundation
import Testing

@testable import LabBase
@testable import LabReport
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

/// A result directory as a run would leave it, removed with the value.
package final class ResultFixture {
    /// Characters with special meanings in HTML, XML, CSV, Markdown or gnuplot.
    package static let hostile = #"<script>alert("x")</script> & 'it' `id` {/Bold a_b}, $(id)"#

    /// For tests that only read the results.
    package static let shared = Shared()

    /// Results whose directory no longer exists.
    package struct Shared: Sendable {
        private let read = Result {
            let fixture = try ResultFixture()
            return try withExtendedLifetime(fixture) { try ResultSet(directory: fixture.path) }
        }

        package var results: ResultSet { get throws { try read.get() } }
    }

    package let path: String

    /// Modes 1 and 2 with pools of two sizes, or with another parameter `varied`, on directories named like file systems, five
    /// trials each; `addTo` adds to each sample.
    package init(
        title: String = hostile, fileSystems: [String] = ["/tmp", "/var/tmp"], workload: String = "heap",
        varied: String = "pool_size: [16M, 64M]", addTo: (inout Sample) -> Void = { _ in }
    ) throws {
        path = FileManager.default.temporaryDirectory.path + "/forklab-results-\(UUID().uuidString)"
        try OutputFile.makeDirectory(path)
        let text = """
            title: >-
              \(title)
            question: Does it hold?
            workload: {name: \(workload), share_in_use: 0.5}
            matrix: {mode: [1, 2], reference: [glibc], file_system: [\(fileSystems.joined(separator: ", "))], \(varied)}
            trials: 5
            warm_up: 1
            expect: ["mode=1.fork_stall < mode=2.fork_stall"]

            """
        try OutputFile.write(text, to: "\(path)/scenario.yaml")
        let scenario = try Scenario.load(path: "\(path)/scenario.yaml")
        let usable = try fileSystems.map {
            try UsableFileSystem(
                name: $0, directory: $0, mounts: [Mount(point: "/", type: "ext4", options: "rw")])
        }
        let plan = Plan(scenario, fileSystems: fileSystems)
        let request = EnvironmentManifest.Request(
            scenario: scenario.name, seed: scenario.seed, trials: scenario.trials, warmUp: scenario.warmUp,
            filters: [], shard: "1/1", cells: plan.cells)
        var manifest = EnvironmentManifest(
            request: request, library: Fixtures.library, fileSystems: usable, skipped: [])
        manifest.finish(.complete)
        try EnvironmentFile(runs: [manifest]).write(to: "\(path)/environment.json")
        let log = try SampleLog(path: "\(path)/samples.jsonl")
        for step in plan.steps {
            var sample = Self.sample(step)
            addTo(&sample)
            try log.append(sample)
        }
    }

    /// Adds a trial whose program reported `numbers`. They may have names that no scenario accepts, since samples can be made
    /// elsewhere.
    package func tell(_ numbers: [ProgramRecord.OwnNumber]) throws {
        var sample = try #require(try ResultSet(directory: path).samples.last { !$0.warmUp })
        sample.sequence += 1000
        var program = ProgramRecord()
        program.numbers = numbers
        sample.report?.program = program
        try SampleLog(path: "\(path)/samples.jsonl").append(sample)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private static func sample(_ step: Plan.Step) -> Sample {
        let cost: UInt64 = step.cell["mode"].flatMap { ["1": 500_000, "2": 40_000_000][$0] } ?? 9_000_000
        var sample = Fixtures.sample(
            step.cell.keys, trial: step.trial, forkStall: cost + UInt64(step.sequence) * 1000,
            allocator: step.cell["mode"] == nil ? "/lib/libc.so.6" : Fixtures.library)
        sample.sequence = step.sequence
        sample.report?.liveBytes = step.cell["pool_size"] == "16M" ? 8 << 20 : 32 << 20
        sample.report?.usages = Boundary.allCases.enumerated().map { index, boundary in
            var memory = MemoryCounters()
            memory.pssAnon = Int64(index) << 20
            let space = FileSystemSpace(total: 1 << 30, free: 1 << 29 - Int64(index) << 20, available: 0)
            return .init(
                boundary: boundary, fork: 1, depth: 1, parent: memory, child: nil,
                system: SystemMemory(meminfo: KilobyteFields("")),
                fileSystem: step.cell["mode"] == nil ? nil : space)
        }
        // Histograms are slow in a debug build.
        if step.trial == 1 { sample.report?.latencies = [profile(stall: cost)] }
        return sample
    }

    /// A probe with a thousand requests per second that a fork holds up for `stall` nanoseconds.
    private static func profile(stall: UInt64) -> LatencyProfile {
        let fork: UInt64 = 1_000_000_000
        guard let log = try? LatencyLog(capacity: 300) else { preconditionFailure("no memory") }
        defer { log.discard() }
        var due = fork - 100_000_000
        log.begin(start: due, interval: 1_000_000)
        for _ in 0..<300 {
            let held = due >= fork && due < fork + stall ? fork + stall : due
            log.append(sent: held, done: held + 20_000 + due % 7000, succeeded: true)
            due += 1_000_000
        }
        let moments = ForkMoments(begin: fork, end: fork + stall, childExit: fork + stall + 50_000_000)
        return LatencyProfile(probe: "store", fork: 1, moments: moments, logs: [log])
    }
}
