import Foundation
import Testing
import LabTestSupport

@testable import LabRun

/// The exit statuses that the help and docs/results.md promise, by the built program. Those of `run`, `merge`, `recommend` and
/// Ctrl-C have their own tests.
@Suite("Exit statuses") struct ExitStatusTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func forklab(_ arguments: [String]) throws -> ForkLabRun.End {
        try ForkLabRun.end(arguments, scratch: scratch)
    }

    @Test("compare: 0 no regression, 1 regression, 3 inconclusive")
    func compare() throws {
        func results(_ name: String, _ stalls: CompareFixtures.Stalls, kernel: String) throws -> String {
            let path = try scratch.folder(name)
            // Results of two machines: on one, references are controls.
            _ = try CompareFixtures.results(path, stalls, kernel: kernel).writeAll()
            return path
        }
        var slow = CompareFixtures.Stalls()
        slow.mode1 = CompareFixtures.spread(150_000)
        var wide = CompareFixtures.Stalls()
        wide.mode1 = CompareFixtures.spread(100_000, count: 3, by: 0.5)
        let base = try results("base", CompareFixtures.Stalls(), kernel: "1.0")
        let metric = ["--metric", "fork_stall"]
        for (name, stalls, status) in [
            ("equal", CompareFixtures.Stalls(), 0), ("slow", slow, 1), ("wide", wide, 3),
        ] {
            let new = try results(name, stalls, kernel: "2.0")
            let end = try forklab(["compare", base, new] + metric)
            #expect(end.status == status, "\(name): \(end)")
        }
    }

    @Test(
        "cite: 0 once everything is up to date, 1 with --check if it is not, 2 without a change for bad input"
    )
    func cite() throws {
        let results = try ResultFixture()
        let stall = "mode=1,file_system=/tmp,pool_size=16M.fork_stall"
        let stale = "[1 s](\(results.path)/summary.md \"\(stall)\")\n"
        let file = try scratch.write(stale, to: "document.md")
        let check = try forklab(["cite", "--check", file])
        #expect(check.status == 1 && check.output == "\(file): 1 numbers, 0 tables, 1 changed\n", "\(check)")
        #expect(check.errors.hasPrefix("\(file):1: [1 s] is "))

        let wrong = try scratch.write("[1 s](nowhere/summary.md \"\(stall)\")\n", to: "wrong.md")
        let refused = try forklab(["cite", file, wrong])
        #expect(refused.status == 2 && refused.errors.hasPrefix("forklab: \(wrong):1: "), "\(refused)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == stale)

        #expect(try forklab(["cite", file]).status == 0)
        #expect(try forklab(["cite", "--check", file]).status == 0)
    }

    @Test("doctor: 2 for a directory that does not exist, 1 only with --strict")
    func doctor() throws {
        #expect(try forklab(["doctor", "\(scratch.path)/nothing"]).status == 2)
        #expect(try forklab(["doctor", scratch.path]).status == 0)
        // Its findings may change from one moment to the next.
        let strict = try forklab(["doctor", scratch.path, "--strict", "--json"])
        let hurts = ["\"hurts\"", "\"missing\""].contains(where: strict.output.contains)
        #expect(strict.status == (hurts ? 1 : 0), "\(strict)")
    }

    @Test("uninstall: 1 if a changed file was kept, 2 if nothing was installed")
    func uninstall() throws {
        let prefix = "\(scratch.path)/prefix"
        #expect(try forklab(["uninstall", "--prefix", prefix]).status == 2)
        try #require(try forklab(["install", "--prefix", prefix]).status == 0)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(prefix)/include/libvmmalloc.h"))
        #expect(try forklab(["uninstall", "--prefix", prefix]).status == 1)
    }

    @Test("preload: that of the command, 2 if it cannot be run")
    func preload() throws {
        let pool = ["preload", "--pool-dir", scratch.path, "--pool-size", "32M", "--"]
        #expect(try forklab(pool + ["sh", "-c", "exit 7"]).status == 7)
        let absent = try forklab(pool + ["no-such-program"])
        #expect(absent.status == 2 && absent.errors.hasPrefix("forklab: COMMAND: cannot run no-such-program"))
    }

    @Test("log: 2 for a file without a fork")
    func log() throws {
        let empty = try scratch.write("nothing\n", to: "log")
        for path in [empty, "\(scratch.path)/absent"] {
            let end = try forklab(["log", path])
            #expect(end.status == 2 && end.errors.count(where: \.isNewline) == 1, "\(end)")
            #expect(end.errors.contains(path))
        }
    }
}
