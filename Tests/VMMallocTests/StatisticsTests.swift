import Foundation
import Testing

/// VMMALLOC_LOG_STATS: the figures at the end of a process.
@Suite struct StatisticsTests {
    /// The figures of one process by name, from a log.
    static func figures(_ log: String, of process: some StringProtocol) -> [String: UInt64] {
        let lines = log.matches(
            of: /<libvmmalloc>: <stats> pid ([0-9]+): (.{32}) *([0-9]+)(?:  [0-9.]+ [KMGT]?i?B)?\n/
        )
        .filter { $0.output.1 == process }
        .map { (String($0.output.2).trimmingCharacters(in: .whitespaces), UInt64($0.output.3) ?? 0) }
        return Dictionary(lines) { _, last in last }
    }

    /// ends.c allocates 100 blocks of 1000 bytes and frees 40; its child allocates and frees one more.
    @Test(arguments: [1, 2, 3])
    func figuresAreThoseOfTheProgram(mode: Int) throws {
        let outcome = try Preloaded.debug(mode: mode, log: ["STATS": "1"]).run(program: "ends.c", "exit")
        #expect(outcome.status == 0, "\(outcome)")
        let processes = outcome.output.split(whereSeparator: \.isWhitespace)
        let parent = Self.figures(outcome.errors, of: processes[0])
        #expect(parent["pool size"] == 64 << 20)
        #expect(parent["calls that allocated"] ?? 0 >= 100)
        #expect(parent["calls that freed"] ?? 0 >= 40)
        #expect(
            parent["blocks live"] == (parent["calls that allocated"] ?? 0) - (parent["calls that freed"] ?? 0)
        )
        #expect(parent["bytes live"] ?? 0 >= 60_000)
        #expect(parent["bytes live, peak"] ?? 0 >= 100_000)
        #expect(parent["pool in use"] ?? 0 >= parent["bytes live"] ?? .max)
        #expect(parent["pool in use, peak"] ?? 0 >= parent["pool in use"] ?? .max)
        #expect((parent["pool in use"] ?? 0) + (parent["largest free run"] ?? 0) <= 64 << 20)
        #expect(parent["largest free run"] ?? 0 > 32 << 20)
        #expect((1...1000).contains(parent["extents"] ?? 0))
        #expect(parent["forks"] == 1)
        #expect(parent[mode == 1 ? "forks, remap" : "forks, copy_file_range"] == 1)
        #expect((parent["bytes copied by forks"] ?? 0 > 0) == (mode != 1))

        let child = Self.figures(outcome.errors, of: processes[1])
        #expect(child["blocks live, inherited by fork"] ?? 0 >= 60)
        #expect(child["calls that allocated"] == 1)
        #expect(child["forks"] == 0)
        #expect(
            child["blocks live"]
                == (child["blocks live, inherited by fork"] ?? 0) + 1 - (child["calls that freed"] ?? 0))
        // The child of vfork is its parent.
        #expect(Self.figures(outcome.errors, of: processes[2]).isEmpty)
    }

    /// However a process ends by itself, they are written once.
    @Test(arguments: ["exit", "_exit", "_Exit", "quick_exit"])
    func everyEndWritesThemOnce(how: String) throws {
        let outcome = try Preloaded.debug(log: ["STATS": "1"]).run(program: "ends.c", how)
        #expect(outcome.status == 0, "\(outcome)")
        let processes = outcome.output.split(whereSeparator: \.isWhitespace)
        for process in processes.prefix(2) {
            let count = outcome.errors.matches(of: try Regex("pid \(process): pool size ")).count
            #expect(count == 1, "\(outcome)")
        }
    }

    /// They come after the destructors of all libraries, so that everything those free is counted.
    @Test func theyComeLast() throws {
        let outcome = try Preloaded.debug(log: ["LEVEL": "4", "STATS": "1"]).run(["perl", "-e", "print 1"])
        #expect(outcome.output == "1", "\(outcome)")
        let lines = outcome.errors.split(separator: "\n")
        let last = try #require(lines.lastIndex { $0.contains("<4>") })
        #expect(last < (try #require(lines.firstIndex { $0.contains("<stats>") })))
        #expect(lines.last?.contains("bytes copied by forks") == true)
    }

    @Test func withoutTheVariableThereAreNone() throws {
        for value in [[:], ["STATS": "0"]] {
            let outcome = try Preloaded.debug(log: value).run(program: "ends.c", "exit")
            #expect(outcome.errors == "", "\(outcome)")
        }
    }

    /// Calls of several threads, all counted.
    @Test func threadsLoseNoCall() throws {
        let outcome = try Preloaded.debug(log: ["STATS": "1"])
            .run([
                "/usr/bin/python3", "-c",
                """
                import ctypes, os, threading
                library = ctypes.CDLL(None)
                library.malloc.restype = ctypes.c_void_p
                library.free.argtypes = [ctypes.c_void_p]
                def work():
                    for _ in range(20000): library.free(library.malloc(500))
                threads = [threading.Thread(target=work) for _ in range(4)]
                [t.start() for t in threads]; [t.join() for t in threads]
                print(os.getpid())
                """,
            ])
        let figures = Self.figures(outcome.errors, of: outcome.output.trimmingCharacters(in: .newlines))
        #expect(figures["calls that allocated"] ?? 0 >= 80000)
        #expect(
            figures["blocks live"]
                == (figures["calls that allocated"] ?? 0) &- (figures["calls that freed"] ?? 0))
    }
}
