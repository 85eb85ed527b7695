import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabRun
@testable import LabScenario

@Suite("Shards, merged") struct MergeTests {
    private static let scenario = """
        title: T
        question: Q
        workload: {name: throughput, pool_size: 64M, duration: 1}
        matrix: {mode: 1, reference: glibc, file_system: /tmp}
        trials: 3
        warm_up: 1
        """

    @Test("The parts of a run become the whole; duplicates, gaps and foreign parts are refused")
    func merged() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let other = try scratch.write(Self.scenario + "\nseed: 7\n", to: "other.yaml")
        func run(_ file: String, _ name: String, _ arguments: [String] = []) throws -> String {
            let directory = "\(scratch.path)/\(name)"
            let end = try ForkLabRun.end(["run", file, "--output", directory] + arguments, scratch: scratch)
            #expect(end.status == 0, "\(end)")
            return directory
        }
        func merge(_ out: String, _ arguments: [String]) throws -> ForkLabRun.End {
            try ForkLabRun.end(["merge", "\(scratch.path)/\(out)"] + arguments, scratch: scratch)
        }
        let first = try run(file, "1", ["--shard", "1/2"])
        let second = try run(file, "2", ["--shard", "2/2"])
        let stranger = try run(other, "other", ["--shard", "2/2"])
        #expect(
            try ResultDirectory(reading: first).samples.filter { !$0.warmUp }.map(\.trial) == [1, 1, 3, 3])
        #expect(try ResultDirectory(reading: second).samples.filter { !$0.warmUp }.map(\.trial) == [2, 2])

        let end = try merge("all", [first, second, "--json"])
        #expect(end.status == 0 && end.output.contains("\"trials_done\":8,\"trials_planned\":8"), "\(end)")
        let whole = try ResultDirectory(reading: scratch.path + "/all")
        let counted = whole.samples.filter { !$0.warmUp }
        #expect(Set(counted.map { "\($0.cell) \($0.trial)" }).count == 6 && counted.count == 6)
        #expect(whole.plan.missing(in: whole.samples).isEmpty)
        #expect(whole.manifests.map(\.request.shard) == ["1/2", "2/2"])
        #expect(whole.scenario.name == "s" && whole.summary.cells.allSatisfy { $0.trials == 3 })

        #expect(
            try merge("a", [first, stranger]).errors.contains("has a different scenario.yaml than \(first)"))
        #expect(try merge("a", [first, first]).errors.contains("give each part once"))
        #expect(
            try merge("a", [first, second, scratch.path + "/all"]).errors.contains("give each part once"))
        let gap = try merge("a", [first])
        #expect(gap.status == 2 && gap.errors.contains("2 trials are missing, the first is trial 2 of "))
        #expect((Folder.read(scratch.path) ?? []).allSatisfy { $0 != "a" && !$0.contains(".tmp") })
        #expect(try merge("all", [first, second]).errors.contains("holds results already"))
        _ = try scratch.folder("full")
        _ = try scratch.write("mine", to: "full/notes")
        #expect(
            try merge("full", [first, second]).errors.contains("/full is not empty (notes); give another"))
        _ = try scratch.write("mine", to: "file")
        #expect(try merge("file", [first, second]).errors.contains("/file is not a directory; give one"))
        #expect(try merge("file/a", [first, second]).errors.contains("OUT: cannot create "))
        let partial = try merge("a", [first, "--partial"])
        #expect(partial.status == 0 && partial.errors.hasPrefix("2 trials are missing\n"))
    }
}
