import FoundationEssentials
import Glibc
import Testing
import LabTestSupport

@testable import LabBase
@testable import LabProcess
@testable import LabRun
@testable import LabScenario
@testable import Measurement
@testable import WorkloadSchema

/// A server small enough for a test: it answers requests, and forks, crashes or hangs when told to.
private enum TinyServer {
    static let source = """
        import os, socket, time
        listener = socket.create_server(("127.0.0.1", {port}))
        print("listening", flush=True)
        while True:
            peer = listener.accept()[0]
            word = peer.recv(100).decode().strip()
            if word == "fork":
                child = os.fork()
                if child == 0:
                    time.sleep(0.1)
                    os._exit(0)
                os.waitpid(child, 0)
            if word == "start": child = os.fork() or time.sleep(100000)
            if word == "end": os.kill(child, 9), os.waitpid(child, 0)
            if word == "crash":
                print("about to crash", flush=True)
                os.kill(os.getpid(), 11)
            if word == "leave": os._exit(3)
            if word == "daemon" and os.fork() == 0:
                os.setsid()
                if os.fork(): os._exit(0)
                time.sleep(100000)
            if word == "hang": time.sleep(100000)
            peer.sendall(b"done\\n")
            peer.close()
        """

    /// A scenario with that server and one cell, and `more` lines under `program:`.
    static func scenario(_ more: String, cell: String = "reference: glibc") -> String {
        let body = source.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
        return """
            title: T
            question: Q
            program:
              name: tiny
              pool_size: 32M
              environment: {PYTHONMALLOC: malloc}
              files:
                server.py: |
            \(body)
              start: python3 {scratch}/server.py
              ready: {tcp: "{port}", send: ping, expect: done}
              deadline: 600
            \(more)
            matrix:
              \(cell)
            trials: 1
            warm_up: 0
            timeout: 600
            """
    }
}

@Suite("Trials of programs") struct ProgramTrialTests {
    /// The one sample of a scenario with one cell.
    private func sample(_ text: String, library: String? = nil) throws -> Sample {
        let scenario = try Scenario.parse(text, file: "s.yaml")
        let folder = try BuiltWorkload.folder()
        let plan = Plan(scenario, fileSystems: scenario.fileSystems.map(\.text))
        let trial = Trial(
            step: try #require(plan.steps.first), scenario: scenario, directory: "/tmp", run: "r")
        let executor = ProcessExecutor(
            executables: Executables(
                workload: folder + "/forklab-workload", library: library ?? folder + "/libvmmalloc.so"),
            interruption: try Interruption())
        return try #require(trial.sample(by: executor))
    }

    @Test("A complete trial: every step timed, requests answered, the fork seen, the number reported")
    func whole() throws {
        let sample = try sample(
            TinyServer.scenario(
                """
                  load: echo loaded
                  probe: {tcp: "{port}", send: ping, expect: done, rate: 100, reconnect: true, patience: 600, before: 0.1, after: 0.1}
                  trigger: {tcp: "{port}", send: fork, expect: done}
                  triggers: 2
                  verify: test {trigger} -gt 0
                  metrics: {answer: {command: echo value=42, match: 'value=(\\d+)', unit: ms}}
                """))
        let report = try #require(sample.report)
        #expect(sample.outcome == .completed && sample.message == "", "\(sample.message)")
        let program = try #require(report.program)
        let steps: [ProgramStep] =
            [.ready, .load, .watch] + Array(repeating: [.trigger, .verify, .watch], count: 2).flatMap(\.self)
            + [.stop]
        #expect(program.steps.map(\.step) == steps)
        #expect(program.numbers.map(\.value) == [42e6, 42e6] && program.serverEnd == nil)
        #expect(report.latencies.map(\.failures) == [0, 0], "\(report.verdicts)")
        // The server answers nothing else while it waits for its child.
        #expect(program.longestGaps.allSatisfy { $0 > 100_000_000 })
        let glances = try #require(program.glances)
        #expect(glances.map(\.fork) == [1, 2] && glances.allSatisfy { $0.memory > 0 && $0.space == nil })
        #expect(
            report.verdicts.filter { $0.outcome != .notApplicable }.map(\.check) == [
                .verified, .verified, .answered,
            ])
    }

    @Test("A file that is longer than a program's argument can be reaches the program")
    func longFile() throws {
        let sample = try sample(
            TinyServer.scenario(
                """
                  load: test $(wc -c < {scratch}/long) -gt 140000
                  trigger: {tcp: "{port}", send: fork, expect: done}
                """
            ).replacing("  files:", with: "  files:\n    long: \(String(repeating: "x", count: 140_001))"))
        #expect(sample.outcome == .completed && sample.message == "", "\(sample.message)")
    }

    @Test("Where the child copies, its line of the fork log is its account")
    func deferred() throws {
        let sample = try sample(
            TinyServer.scenario(
                """
                  trigger: {tcp: "{port}", send: start, expect: done}
                  settle: {tcp: "{port}", send: end, expect: done}
                """, cell: "mode: 2\n  file_system: /tmp\n  fork_copier: child"))
        let report = try #require(sample.report)
        #expect(sample.outcome == .completed && sample.message == "", "\(sample.message)")
        let accounts = try #require(report.accounts.first)
        #expect(accounts.parent?.action == .deferred)
        // The child is killed when the parent has answered, which it may do before the copy is made.
        if let child = accounts.child { #expect(child.action.isCopy && child.copyNs > 0) }
        #expect(report.verdicts.map(\.outcome) == [.held, .held, .held, .held], "\(report.verdicts)")
    }

    @Test("Under the library: the heap lies in the pool, and the child proves the mode", arguments: [1, 2])
    func preloaded(mode: Int) throws {
        let sample = try sample(
            TinyServer.scenario(
                """
                  trigger: {tcp: "{port}", send: start, expect: done}
                  settle: {tcp: "{port}", send: end, expect: done}
                """, cell: "mode: \(mode)\n  file_system: /tmp"))
        let report = try #require(sample.report)
        #expect(sample.outcome == .completed && sample.message == "", "\(sample.message)")
        #expect(report.effects == [mode == 1 ? .poolRemapped : .poolCopied])
        #expect(report.accounts.count == 1 && report.timings.map(\.phase) == [.forkStall])
        #expect(report.verdicts.map(\.outcome) == [.held, .held, .held, .held])
    }

    @Test("Under a library that does nothing, every proof turns red")
    func turnsRedUnderALibraryThatDoesNothing() throws {
        let mappings = try MemoryMapping.read(process: getpid())
        let idle = try #require(mappings.first { $0.path.hasSuffix("/libm.so.6") }?.path)
        let report = try sample(
            TinyServer.scenario(
                "  trigger: {tcp: \"{port}\", send: fork, expect: done}",
                cell: "mode: 1\n  file_system: /tmp"), library: idle
        ).report
        let outcomes = try #require(report).verdicts.map { "\($0.check.rawValue) \($0.outcome.rawValue)" }
        #expect(
            outcomes == [
                "heap_in_pool broken", "forked broken", "mode_took_effect unknown", "fork_report unknown",
            ])
    }

    @Test("A trigger that forks nothing is detected")
    func nothingHappens() throws {
        let sample = try sample(
            TinyServer.scenario(
                "  trigger: {tcp: \"{port}\", send: ping, expect: done}",
                cell: "mode: 1\n  file_system: /tmp"))
        let broken = try #require(sample.report).verdicts.filter { $0.outcome == .broken }
        #expect(broken.map(\.check) == [.forked])
    }

    @Test(
        "A server that dies is a result: how, in which step, and its last lines",
        arguments: [
            ("crash", "was killed by signal 11 (Segmentation fault)"), ("leave", "ended with status 3"),
        ])
    func dying(word: String, expected: String) throws {
        let sample = try sample(
            TinyServer.scenario("  trigger: {tcp: \"{port}\", send: \(word), expect: done}"))
        #expect(sample.outcome == .failed)
        #expect(sample.message.hasPrefix("the server \(expected) in the step trigger"), "\(sample.message)")
        let end = try #require(sample.report?.program?.serverEnd)
        #expect(end.step == .trigger && (end.signal == 11) == (word == "crash"))
        #expect(end.lastLines.hasPrefix("listening"))
    }

    @Test("A server that ends while a command runs ends the command too")
    func dyingMeanwhile() throws {
        let sample = try sample(
            TinyServer.scenario("  trigger: kill -9 {server_pid}; sleep 100000"))
        #expect(
            sample.message.hasPrefix("the server was killed by signal 9 (Killed) in the step trigger"),
            "\(sample.message)")
    }

    @Test(
        "A command that fails says which, how, and what it said last",
        arguments: [
            ("  trigger: echo no room >&2; exit 7", "trigger: ended with status 7: no room"),
            ("  trigger: {command: sleep 100000, deadline: 1}", "trigger: did not end within 1.00 s"),
            (
                "  trigger: {tcp: \"{port}\", send: ping, expect: other}",
                "trigger: failed: answered \"done\n\""
            ),
            (
                "  trigger: 'true'\n  metrics: {x: {command: echo, match: '(\\d+)'}}",
                "metrics: x: nothing matches \"(\\d+)\""
            ),
        ])
    func failing(lines: String, expected: String) throws {
        let sample = try sample(TinyServer.scenario(lines))
        #expect(sample.outcome == .failed)
        #expect(sample.message.hasPrefix(expected), "\(sample.message)")
    }

    @Test("A server that cannot be started is a result")
    func notStarted() throws {
        let text = TinyServer.scenario("  trigger: 'true'")
            .replacing("start: python3 {scratch}/server.py", with: "start: /nonexistent/server")
        let sample = try sample(text)
        #expect(
            sample.outcome == .failed && sample.message.contains("/nonexistent/server"), "\(sample.message)")
    }

    @Test("A verify command that fails is a broken check, not the end of the trial")
    func unverified() throws {
        let sample = try sample(TinyServer.scenario("  trigger: 'true'\n  verify: echo wrong; exit 1"))
        #expect(sample.outcome == .completed)
        let verdict = try #require(sample.report?.verdicts.first { $0.check == .verified })
        #expect(verdict.outcome == .broken && verdict.detail.hasSuffix("status 1: wrong"))
    }

    @Test("Unanswered requests are counted, and the reason is given")
    func unanswered() throws {
        let sample = try sample(
            TinyServer.scenario(
                """
                  probe: {tcp: "{port}", send: ping, expect: nothing, rate: 100, before: 0.1, after: 0}
                  trigger: 'true'
                """))
        let verdict = try #require(sample.report?.verdicts.first { $0.check == .answered })
        #expect(verdict.outcome == .broken && verdict.detail.contains("answered \"done"), "\(verdict.detail)")
    }

    @Test("Whatever a server leaves behind, daemons included, ends with the trial")
    func nothingIsLeft() throws {
        let mark = "forklab-mark-\(getpid())"
        let sample = try sample(
            TinyServer.scenario("  trigger: {tcp: \"{port}\", send: daemon, expect: done}")
                .replacing("server.py", with: "\(mark).py"))
        #expect(sample.outcome == .completed, "\(sample.message)")
        #expect(Processes.naming(mark).isEmpty)
    }
}

/// The processes of this machine.
enum Processes {
    /// The processes whose command line contains `text`.
    static func naming(_ text: String) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { process in
            process != getpid()
                && (try? TextFile.read("/proc/\(process)/cmdline"))?.contains(text) == true
        }
    }
}
