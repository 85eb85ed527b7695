import Foundation
import Glibc
import Testing
import LabTestSupport

@testable import LabAnalysis
@testable import LabBase
@testable import LabProcess
@testable import LabRecommend
@testable import LabRun
@testable import LabScenario
@testable import Measurement

@Suite("forklab recommend, as a user runs it", .serialized) struct RecommendCommandTests {
    private let scratch: ScratchDirectory
    private let place: String

    init() throws {
        scratch = try ScratchDirectory()
        place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : scratch.path
    }

    private func recommend(_ arguments: [String]) throws -> ForkLabRun.End {
        try ForkLabRun.end(["recommend"] + arguments, scratch: scratch)
    }

    @Test("Measures, answers, and leaves results that can be reported")
    func answer() throws {
        let end = try recommend([
            "--pool-dir", place, "--pool-size", "32M", "--set", "share_in_use=0.2", "--set", "forks=1",
            "--output", "r",
            "--time-budget",
            "2m",
        ])
        try #require(end.status == 0, "\(end.output)\(end.errors)")
        #expect(end.output.hasPrefix("Use VMMALLOC_FORK="))
        #expect(end.output.contains("\n    forklab preload --pool-dir \(place) --pool-size 32M --fork "))
        for line in ["mode 1 ", "mode 2 ", "mode 3 ", "glibc, no pool "] {
            #expect(end.output.contains("\n" + line))
        }
        // It reports what was measured: modes that took effect, in a heap that was in a pool.
        let results = try ResultDirectory(reading: scratch.path + "/r")
        for cell in results.summary.cells {
            #expect(cell.correctness.status == .held && cell.trials >= 5)
            #expect(
                cell.effects
                    == (cell.cell["mode"] == nil
                        ? [.anonymous] : [cell.cell["mode"] == "1" ? .poolRemapped : .poolCopied]))
        }
        let text = try TextFile.read(scratch.path + "/r/recommendation.txt")
        #expect(text == end.output)
        let report = try ForkLabRun.end(["report", "r", "--csv", "-"], scratch: scratch)
        #expect(report.status == 0 && report.output.contains("fork_stall"))
    }

    @Test("A limit that every mode exceeds is status 1, and --json says why")
    func none() throws {
        let end = try recommend([
            "--pool-dir", place, "--pool-size", "14M", "--set", "share_in_use=0.1", "--set", "forks=1",
            "--max-stall", "0.0001ms",
            "--json",
            "--output", "r",
        ])
        try #require(end.status == 1, "\(end.output)\(end.errors)")
        let record = try #require(
            try JSONSerialization.jsonObject(with: Data(end.output.utf8)) as? [String: Any])
        let recommendation = try #require(record["recommendation"] as? [String: Any])
        #expect((recommendation["answer"] as? [String: String]) == ["verdict": "none"])
        let assessments = try #require(recommendation["assessments"] as? [[String: Any]])
        #expect(
            assessments.map { $0["status"] as? String }
                == Array(
                    repeating: "ruled_out", count: Candidate.all(reflink: false, isSpaceKept: false).count))
    }

    @Test("The user's own program is measured; there is no guess about one that does not fork")
    func program() throws {
        guard Executables.hasPython else {
            print("skipped: python3 is not found; install python3")
            return
        }
        let source = """
            import os, signal, sys
            forks = 0
            def fork(*_):
                global forks
                child = os.fork()
                if child == 0: os._exit(0)
                os.waitpid(child, 0)
                forks += 1
                open(sys.argv[1] + "/done-%d" % forks, "w")
            signal.signal(signal.SIGUSR1, fork)
            open(sys.argv[1] + "/ready", "w")
            while True: signal.pause()
            """
        let own = [
            "--pool-dir", place, "--pool-size", "64M", "--env", "PYTHONMALLOC=malloc",
            "--ready", "test -e {scratch}/ready", "--time-budget", "2m",
            "--triggers", "1",
        ]
        let command = ["--", "python3", try scratch.write(source, to: "forker.py"), "{scratch}"]
        let forks = try recommend(
            own + [
                "--trigger", "kill -USR1 {server_pid}",
                "--settle", "until test -e {scratch}/done-{trigger}; do sleep 0.01; done", "--output", "r1",
            ] + command)
        try #require(forks.status == 0, "\(forks.output)\(forks.errors)")
        #expect(forks.output.contains(" -- python3 "))
        let idle = try recommend(own + ["--trigger", "true", "--output", "r2"] + command)
        #expect(idle.status == 3)
        #expect(idle.output.contains("the trigger made no fork under the library"))
    }

    @Test("A pool for which the machine has no room is not measured, and nothing is left behind")
    func tooLarge() throws {
        let end = try recommend(["--pool-dir", place, "--pool-size", "8T", "--output", "r"])
        #expect(end.status == 3)
        #expect(end.output.hasPrefix("No recommendation"))
        #expect(
            end.output.contains("the pool of 8.00 TiB cannot be measured") && end.output.contains("would fit")
        )
        #expect(access(scratch.path + "/r", F_OK) != 0)
    }

    @Test(
        "Bad input is one line that names the option",
        arguments: [
            (
                ["--max-stall", "5parsec"],
                "--max-stall: \"5parsec\" is not a time; give a number above 0 with ms, s, m or h"
            ),
            (
                ["--spare-memory", "lots"],
                "--spare-memory: \"lots\" is not a size; give bytes, or a number with K"
            ),
            (["--spare-space", "1X"], "--spare-space: \"1X\" is not a size"),
            (["--one-moment", "heep"], "--one-moment: unknown value \"heep\"; did you mean \"heap\"?"),
            (
                ["--one-moment", "heap"],
                "--one-moment: means nothing without --threads-write; give both, or "
            ),
            (["--prefer", "speed"], "--prefer: unknown value \"speed\"; "),
            (["--time-budget", "soon"], "--time-budget: \"soon\" is not a time"),
            (["--workload", "stor"], "--workload: unknown workload \"stor\"; did you mean \"store\"?"),
            (["--set", "forks=0"], "--set: forks: \"0\" is out of range; give a whole number from 1 "),
            (["--scenario", "no.yaml"], "no.yaml: "),
            (["--trigger", "true"], "--trigger: is for your own program; give that after --"),
            (["--workload", "heap", "--", "true"], "a command after --: and --workload exclude each other"),
            (["--pool-dir", "/no/such"], "--pool-dir: \"/no/such\" does not exist"),
            (["--pool-dir", "/proc"], "--pool-dir: no pool can be in /proc: "),
            (["--", "server"], "--trigger: is missing"),
        ] as [([String], String)])
    func badInput(arguments: [String], complaint: String) throws {
        let standard = arguments.contains("--pool-dir") ? [] : ["--pool-dir", place]
        let end = try recommend(standard + ["--pool-size", "32M"] + arguments)
        #expect(end.status == 2)
        #expect(end.errors.contains(complaint), "\(end.errors)")
        #expect(end.errors.split(separator: "\n").count == 1, "\(end.errors)")
        #expect(end.output.isEmpty)
    }
}

extension Executables {
    fileprivate static var hasPython: Bool { RealPath.program("python3") != nil }
}
