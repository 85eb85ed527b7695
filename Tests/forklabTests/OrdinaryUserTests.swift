import Foundation
import Glibc
import Testing
import LabTestSupport

@testable import LabRun
@testable import LabScenario

/// All commands as an ordinary user: anything that needs root is skipped with a note, and anything not writable is one line.
@Suite(
    "An ordinary user",
    .enabled("needs root, setpriv, and a build that others can read") { ForkLabRun.canBe(user: 65534) })
struct OrdinaryUserTests {
    private static let nobody: UInt32 = 65534
    private let scratch: ScratchDirectory
    /// The user's own folder, and one that only root may enter.
    private let (own, closed): (String, String)

    init() throws {
        scratch = try ScratchDirectory()
        own = try scratch.folder("own")
        closed = try scratch.folder("closed")
        try #require(chown(own, Self.nobody, Self.nobody) == 0 && chmod(closed, 0o700) == 0)
    }

    private func run(_ arguments: [String]) throws -> ForkLabRun.End {
        try ForkLabRun.end(arguments, scratch: scratch, user: Self.nobody)
    }

    /// Writes a scenario for glibc, for mode 1 in the user's folder, and for a file system that takes root.
    private func scenario() throws -> String {
        let text = """
            title: T
            question: Q?
            workload: {name: heap, pool_size: 32M, share_in_use: 0.2}
            matrix: {mode: 1, reference: glibc, file_system: [\(own), xfs]}
            trials: 1
            warm_up: 0
            """
        return try scratch.write(text, to: "s.yaml")
    }

    @Test("Anything that needs root is skipped with a note, and the rest is measured and readable")
    func measures() throws {
        let needsRoot = "file_system=xfs: skipped: needs root to mount it"
        #expect(try run(["list"]).output.contains(needsRoot))
        let plan = try run(["describe", try scenario()])
        #expect(plan.status == 0 && plan.output.contains(needsRoot))
        let results = "\(own)/results"
        let measured = try run(["run", try scenario(), "--output", results])
        #expect(measured.status == 0 && measured.errors.hasPrefix(needsRoot), "\(measured)")
        let samples = try ResultDirectory(reading: results).samples
        #expect(samples.count == 2 && samples.allSatisfy { $0.outcome == .completed })

        #expect(try run(["report", results, "--markdown", "-"]).output.contains("mode=1"))
        #expect(try run(["compare", results, results]).status == 3)
        #expect(try run(["merge", "\(own)/all", results]).status == 0)
        #expect(try run(["doctor", own]).status == 0)
        #expect(try run(["compatibility", "--list", "--json"]).output.hasPrefix("{\"programs\":[{"))
        for command in ["install", "uninstall"] {
            #expect(try run([command, "--prefix", "\(own)/.local"]).status == 0)
        }
    }

    @Test("Anything not writable or not readable is one line that names it, and status 2")
    func refused() throws {
        let results = "\(own)/results"
        let glibc = ["run", try scenario(), "--filter", "reference=glibc"]
        try #require(run(glibc + ["--output", results]).status == 0)
        let pool = ["--pool-dir", closed, "--pool-size", "32M"]
        let cases: [(arguments: [String], named: String)] = [
            (glibc + ["--output", "\(closed)/r"], "\(closed)/r"),
            (["run", "\(closed)/s.yaml"], "\(closed)/s.yaml"),
            (["describe", "\(closed)/s.yaml"], "\(closed)/s.yaml"),
            (["report", results, "--output", "\(closed)/r.html"], "\(closed)/r.html"),
            (["report", closed + "/r"], "\(closed)/r"),
            (["compare", results, "\(closed)/r"], "\(closed)/r"),
            (["merge", "\(closed)/all", results], "\(closed)/all"),
            (["recommend"] + pool, "--pool-dir"),
            (["preload"] + pool + ["--", "true"], "--pool-dir"),
            (["install", "--prefix", "\(closed)/local"], closed),
        ]
        for (arguments, named) in cases {
            let end = try run(arguments)
            let lines = end.errors.split(separator: "\n").filter { !$0.contains(": skipped: ") }
            #expect(end.status == 2, "\(arguments): \(end)")
            #expect(lines.count == 1 && lines[0].hasPrefix("forklab: "), "\(arguments): \(end.errors)")
            #expect(lines.last?.contains(named) == true, "\(arguments): \(end.errors)")
            #expect(end.output.isEmpty, "\(arguments): \(end.output)")
        }
    }
}
