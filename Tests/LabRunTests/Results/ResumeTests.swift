import Foundation
import Glibc
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabRun
@testable import LabScenario

@Suite("A run that ends before its time") struct ResumeTests {
    /// Two cells with five trials each, all long enough to be killed in.
    private static let scenario = """
        title: T
        question: Q
        workload: {name: throughput, pool_size: 64M, duration: 50}
        matrix: {mode: 1, reference: glibc, file_system: /tmp}
        trials: 4
        warm_up: 1
        """

    private func expectWholePlan(_ results: ResultDirectory) {
        let plan = results.plan
        #expect(plan.steps.count == 10)
        #expect(results.samples.map(\.sequence).sorted() == plan.steps.map(\.sequence))
        for step in plan.steps {
            let own = results.samples.filter { $0.cell == step.cell && $0.trial == step.trial }
            #expect(own.count == 1, "\(step)")
        }
    }

    @Test("kill -9 in mid-run, then --resume: the planned cells and trials, each once")
    func killed() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let directory = try scratch.folder("out")
        let run = try ForkLabRun(["run", file, "--output", directory], scratch: scratch)
        try #require(try run.waitForSamples(4, in: directory))
        run.signal(SIGKILL)
        #expect(try run.end().status == -SIGKILL)

        // This is what a kill within write(2) leaves.
        let log = try FileHandle(forUpdating: URL(fileURLWithPath: directory + "/samples.jsonl"))
        try log.seekToEnd()
        try log.write(contentsOf: Data("{\"schema\":2,\"cell\":{\"mo".utf8))
        try log.close()
        let before = try ResultDirectory(reading: directory)
        #expect((4..<10).contains(before.samples.count) && before.summary.incomplete)
        #expect(before.manifests.map(\.end) == [nil])

        let end = try ForkLabRun.end(["run", "--resume", directory], scratch: scratch)
        #expect(end.status == 0, "\(end)")
        let after = try ResultDirectory(reading: directory)
        expectWholePlan(after)
        #expect(Array(after.samples.prefix(before.samples.count)) == before.samples)
        #expect(after.manifests.map(\.end) == [nil, .complete])
        #expect(after.scenario.name == "s" && !after.summary.incomplete)
    }

    @Test("Ctrl-C leaves a summary and status 130; --resume makes the rest, or more trials")
    func interrupted() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let directory = try scratch.folder("out")
        let run = try ForkLabRun(["run", file, "--output", directory], scratch: scratch)
        try #require(try run.waitForSamples(3, in: directory))
        run.signal(SIGINT)
        let end = try run.end()
        #expect(end.status == 130 && end.output.contains("Interrupted after "))
        // Not a terminal: no progress.
        #expect(end.errors == "results in \(directory)\n")
        #expect(try ResultDirectory(reading: directory).manifests.map(\.end) == [.interrupted])
        #expect(FileManager.default.fileExists(atPath: directory + "/summary.json"))

        let rest = try ForkLabRun.end(["run", file, "--resume", directory], scratch: scratch)
        #expect(rest.status == 0, "\(rest)")
        expectWholePlan(try ResultDirectory(reading: directory))
        let more = try ForkLabRun.end(
            ["run", "--resume", directory, "--trials", "5", "--json"], scratch: scratch)
        #expect(more.status == 0 && more.output.contains("\"trials_done\":12,\"trials_planned\":12"))
        #expect(try ResultDirectory(reading: directory).samples.count == 12)
    }

    @Test("A second Ctrl-C ends forklab at once")
    func interruptedTwice() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let directory = try scratch.folder("out")
        let run = try ForkLabRun(["run", file, "--output", directory], scratch: scratch)
        try #require(try run.waitForSamples(1, in: directory))
        // Nobody reads this pipe, so the end of the run cannot be recorded.
        let record = "\(directory)/environment.json"
        let begun = try TextFile.read(record)
        try #require(unlink(record) == 0 && mkfifo(record, 0o600) == 0)
        run.signal(SIGINT)
        defer { run.kill() }
        let deadline = Clock.nanoseconds + 60_000_000_000
        while try run.blocks(SIGINT) {
            try #require(Clock.nanoseconds < deadline, "the second Ctrl-C would not be heard")
            sched_yield()
        }
        run.signal(SIGINT)
        #expect(try run.end().status == -SIGINT)
        try #require(unlink(record) == 0)
        try OutputFile.write(begun, to: record)
        #expect(try ResultDirectory(reading: directory).samples.count >= 1)
        let rest = try ForkLabRun.end(["run", "--resume", directory], scratch: scratch)
        #expect(rest.status == 0, "\(rest)")
        expectWholePlan(try ResultDirectory(reading: directory))
    }

    @Test("A trial that hangs, or that dies of a signal, is a result: the run goes on and says so")
    func failures() throws {
        let scratch = try ScratchDirectory()
        let hanging = Self.scenario.replacing("duration: 50", with: "duration: 3600000")
            .replacing("mode: 1, reference: glibc, file_system: /tmp", with: "reference: glibc")
        let cases: [(name: String, text: String, cells: Int, outcome: Sample.End, words: String)] = [
            ("hang", hanging + "\ntimeout: 1", 1, .timedOut, "trial: no end after "),
            // No file system has room for that: the library says so and aborts.
            (
                "abort", Self.scenario.replacing("64M", with: "7T"), 2, .signalled,
                "trial: killed by signal 6 (Aborted): "
            ),
        ]
        for (name, text, cells, outcome, words) in cases {
            let file = try scratch.write(text, to: "\(name).yaml")
            let directory = try scratch.folder(name)
            let end = try ForkLabRun.end(
                ["run", file, "--output", directory, "--trials", "1"], scratch: scratch)
            #expect(end.status == 1 && end.output.contains(words), "\(end)")
            let samples = try ResultDirectory(reading: directory).samples
            #expect(samples.count == 2 * cells && samples.contains { $0.outcome == outcome })
        }
    }

    @Test("Options that do not fit the original run are refused, and change nothing")
    func refused() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let other = try scratch.write(Self.scenario + "\nseed: 2\n", to: "other.yaml")
        let directory = try scratch.folder("out")
        let arguments = ["--trials", "1", "--filter", "reference=glibc"]
        let begun = try ForkLabRun.end(["run", file, "--output", directory] + arguments, scratch: scratch)
        #expect(begun.status == 0, "\(begun)")
        let samples = try ResultDirectory(reading: directory).samples

        let wrong: [(arguments: [String], message: String)] = [
            (
                ["run", file, "--output", directory],
                "--output: \(directory) holds results already (scenario.yaml); give another directory, or go on "
                    + "with --resume \(directory)"
            ),
            (
                ["run", other, "--resume", directory],
                "\(other): is not the scenario that \(directory) was begun with; leave it out, or start a new run"
            ),
            (
                ["run", "--resume", directory, "--filter", "mode=1"],
                "--filter: the run in \(directory) was begun with reference=glibc; leave it out"
            ),
            (
                ["run", "--resume", directory, "--shard", "1/2"],
                "--shard: the run in \(directory) was begun with 1/1; leave it out"
            ),
            (
                ["run", "--resume", "\(scratch.path)/nothing"],
                "\(scratch.path)/nothing: cannot be read: "
                    + "No such file or directory; give a directory that forklab run or forklab merge has written"
            ),
        ]
        for (arguments, message) in wrong {
            let end = try ForkLabRun.end(arguments, scratch: scratch)
            #expect(end.status == 2 && end.errors == "forklab: \(message)\n" && end.output.isEmpty, "\(end)")
        }
        let library = try ForkLabRun.end(
            ["run", "--resume", directory, "--library", "/bin/sh"], scratch: scratch)
        #expect(
            library.status == 2 && library.errors.contains("is not the library that \(directory) was begun"),
            "\(library)")
        #expect(try ResultDirectory(reading: directory).samples == samples)
    }

    @Test("A run that was killed before its record was written is started again, not resumed")
    func killedBeforeItsRecord() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let arguments = ["--trials", "1", "--filter", "reference=glibc"]
        for (name, hasScenario) in [("at-once", false), ("later", true)] {
            let directory = try scratch.folder(name)
            _ = try SampleLog(path: directory + "/samples.jsonl")
            if hasScenario { try OutputFile.write(Self.scenario, to: directory + "/scenario.yaml") }
            let resumed = try ForkLabRun.end(["run", "--resume", directory], scratch: scratch)
            #expect(
                resumed.status == 2
                    && resumed.errors
                        == "forklab: --resume: the run in \(directory) ended before its first "
                        + "trial; begin it again with --output \(directory)\n"
            )
            let begun = try ForkLabRun.end(
                ["run", file, "--output", directory] + arguments, scratch: scratch)
            #expect(begun.status == 0, "\(begun)")
            #expect(try ResultDirectory(reading: directory).samples.count == 2)
        }
    }

    @Test(
        "What may be somebody's is not written over", arguments: ["scenario.yaml", "samples.jsonl", "both"])
    func notTheBeginning(of name: String) throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Self.scenario, to: "s.yaml")
        let directory = try scratch.folder("out")
        for one in name == "both" ? ["scenario.yaml", "samples.jsonl"] : [name] {
            _ = try scratch.write("x\n", to: "out/\(one)")
        }
        let end = try ForkLabRun.end(["run", file, "--output", directory], scratch: scratch)
        #expect(end.status == 2 && end.errors.contains("\(directory) holds results already ("), "\(end)")
        for one in name == "both" ? ["scenario.yaml", "samples.jsonl"] : [name] {
            #expect(try TextFile.read("\(directory)/\(one)") == "x\n")
        }
    }

    @Test("Two runs do not write to one directory")
    func locked() throws {
        let scratch = try ScratchDirectory()
        let log = try SampleLog(path: scratch.path + "/samples.jsonl")
        #expect(throws: InputError.self) { _ = try SampleLog(path: scratch.path + "/samples.jsonl") }
        try log.append(Fixtures.sample(["mode": "1"]))
    }
}
