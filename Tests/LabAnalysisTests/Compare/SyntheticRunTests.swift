import Foundation
import Glibc
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabRun
@testable import LabStatistics

/// From the scenario file to the exit status, with stalls from a known distribution.
@Suite("Synthetic stalls, from end to end") struct SyntheticRunTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func forklab(_ arguments: [String]) throws -> ForkLabRun.End {
        try ForkLabRun.end(arguments, scratch: scratch)
    }

    /// Runs trials whose stalls have this median, and makes the results say that it was 1 ms.
    private func run(_ name: String, stallMicroseconds: Int) throws -> String {
        let scenario = """
            title: T
            question: Q
            workload: {name: synthetic, stall_us: \(stallMicroseconds), spread: 0.01}
            matrix: {reference: [glibc]}
            trials: 21
            warm_up: 0
            expect: [fork_stall > 0.5 ms]
            """
        let results = "\(scratch.path)/\(name)"
        let end = try forklab(["run", try scratch.write(scenario, to: "s.yaml"), "--output", results])
        #expect(end.status == 0, "\(end.output)\n\(end.errors)")
        for file in ["scenario.yaml", "environment.json", "samples.jsonl"] {
            let text = try TextFile.read("\(results)/\(file)")
            let renamed = text.replacingOccurrences(
                of: "stall_us: \(stallMicroseconds)", with: "stall_us: 1000"
            )
            .replacingOccurrences(
                of: "\"stall_us\":\"\(stallMicroseconds)\"", with: "\"stall_us\":\"1000\"")
            _ = try scratch.write(renamed, to: "\(name)/\(file)")
        }
        return results
    }

    @Test("The known stall is measured, an equal run is not a regression, a slower one is")
    func regression() throws {
        let base = try run("base", stallMicroseconds: 1000)
        let equal = try run("equal", stallMicroseconds: 1000)
        let slow = try run("slow", stallMicroseconds: 1300)

        let cell = try #require(try ResultDirectory(reading: base).summary.cells.first)
        let stall = try #require(cell.metrics["fork_stall"])
        // Many standard errors: the draws differ from run to run.
        #expect(stall.count == 21 && abs(stall.median - 1e6) < 3e4, "\(stall.median)")
        #expect(try #require(cell.metrics["runner_share"]).minimum > 0)

        // On one machine references are controls, which say nothing about the library.
        let control = try forklab(["compare", base, slow])
        #expect(control.status == 3 && control.output.contains("The machine itself was not the same"))

        try changeKernel("base")
        let options = ["--metric", "fork_stall", "--minimum-effect", "0.1"]
        #expect(try forklab(["compare", base, equal] + options).status == 0)
        let caught = try forklab(["compare", base, slow, "--markdown"] + options)
        #expect(caught.status == 1 && caught.output.hasPrefix("## Regression: 1 metric is worse"))
        let json = try forklab(["compare", slow, base, "--json"] + options)
        #expect(json.status == 0 && json.output.contains("\"outcome\":\"no_regression\""))
        #expect(json.output.contains("\"verdict\":\"better\""))
    }

    @Test("A directory without results is bad input, in one line")
    func noResults() throws {
        let end = try forklab(["compare", scratch.path, scratch.path])
        #expect(end.status == 2 && end.output.isEmpty)
        #expect(end.errors.hasPrefix("forklab: \(scratch.path)/environment.json: "))
        #expect(end.errors.split(separator: "\n").count == 1)
    }

    /// Makes the results called `name` appear to come from another kernel.
    private func changeKernel(_ name: String) throws {
        let results = "\(scratch.path)/\(name)"
        let kernel = try #require(try ResultDirectory(reading: results).manifests.first?.kernel)
        let text = try TextFile.read("\(results)/environment.json")
        _ = try scratch.write(
            text.replacingOccurrences(of: kernel, with: "9.9.9 x86_64"), to: "\(name)/environment.json")
    }
}
