import Foundation
import Glibc
import Measurement
import Testing

@testable import ForkLab

/// From the scenario file to the exit status, with stalls from a distribution that is known.
@Suite("Synthetic stalls, from end to end") struct SyntheticRunTests {
    private let folder: String

    init() throws {
        folder = "/tmp/forklab-synthetic-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func forklab(_ arguments: [String]) throws -> ChildProcess.Result {
        try ChildProcess(
            executable: try BuiltWorkload.folder() + "/forklab", arguments: arguments,
            environment: TrialEnvironment.plain, timeout: 600_000_000_000
        ).run(interruption: nil)
    }

    /// Runs trials whose stalls have this median, and has the results say that it was 1 ms.
    private func run(_ name: String, stallMicroseconds: Int) throws -> String {
        let scenario = """
            title: T
            question: Q
            workload: {name: synthetic, stall_us: \(stallMicroseconds), spread: 0.05}
            matrix: {reference: [glibc]}
            trials: 21
            warm_up: 0
            expect: [fork_stall > 0.5 ms]
            """
        let results = "\(folder)/\(name)"
        try Data(scenario.utf8).write(to: URL(fileURLWithPath: "\(folder)/s.yaml"))
        let end = try forklab(["run", "\(folder)/s.yaml", "--output", results])
        #expect(end.end == .exited(0), "\(end.output)\n\(end.errors)")
        for file in ["scenario.yaml", "environment.json", "samples.jsonl"] {
            let text = try TextFile.read("\(results)/\(file)")
            let renamed = text.replacingOccurrences(
                of: "stall_us: \(stallMicroseconds)", with: "stall_us: 1000"
            )
            .replacingOccurrences(
                of: "\"stall_us\":\"\(stallMicroseconds)\"", with: "\"stall_us\":\"1000\"")
            try Data(renamed.utf8).write(to: URL(fileURLWithPath: "\(results)/\(file)"))
        }
        return results
    }

    @Test("The known stall is measured, an equal run is no regression, a slower one is, and says so")
    func regression() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let base = try run("base", stallMicroseconds: 1000)
        let equal = try run("equal", stallMicroseconds: 1000)
        let slow = try run("slow", stallMicroseconds: 1300)

        let cell = try #require(try ResultDirectory(reading: base).summary.cells.first)
        let stall = try #require(cell.metrics["fork_stall"])
        // 21 trials with a spread of 5 %: the median misses by 1.4 % one time in three.
        #expect(stall.count == 21 && abs(stall.median - 1e6) < 8e4, "\(stall.median)")
        #expect(try #require(cell.metrics["runner_share"]).minimum > 0)

        // On one machine references are controls, which say nothing of the library.
        let control = try forklab(["compare", base, slow])
        #expect(control.end == .exited(3) && control.output.contains("The machine itself was not the same"))

        try changeKernel(base)
        let options = ["--metric", "fork_stall", "--minimum-effect", "0.1"]
        #expect(try forklab(["compare", base, equal] + options).end == .exited(0))
        let caught = try forklab(["compare", base, slow, "--markdown"] + options)
        #expect(caught.end == .exited(1) && caught.output.hasPrefix("## Regression: 1 metric is worse"))
        let json = try forklab(["compare", slow, base, "--json"] + options)
        #expect(json.end == .exited(0) && json.output.contains("\"outcome\":\"no_regression\""))
        #expect(json.output.contains("\"verdict\":\"faster\""))
    }

    @Test("A directory that holds no results is bad input, in one line")
    func noResults() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let end = try forklab(["compare", folder, folder])
        #expect(end.end == .exited(2) && end.output.isEmpty)
        #expect(end.errors.hasPrefix("forklab: \(folder)/environment.json: "))
        #expect(end.errors.split(separator: "\n").count == 1)
    }

    private func changeKernel(_ results: String) throws {
        let path = "\(results)/environment.json"
        let kernel = try #require(try ResultDirectory(reading: results).manifests.first?.kernel)
        let text = try TextFile.read(path).replacingOccurrences(of: kernel, with: "9.9.9 x86_64")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
}
