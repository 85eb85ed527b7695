import CProcess
import Glibc
import Testing
import LabTestSupport

@testable import LabBase
@testable import LabProcess

@Suite("The end of forklab while a program runs") struct HarnessDeathTests {
    /// A scenario whose trigger never returns.
    private static func scenario(_ mark: String) -> String {
        """
        title: T
        question: Q
        program:
          start: sleep 100000.\(mark)
          trigger: echo > {scratch}/triggered; sleep 200000.\(mark)
          deadline: 600
        matrix: {reference: glibc}
        trials: 1
        warm_up: 0
        timeout: 600
        """
    }

    /// A program of forklab compatibility that forks endlessly, in its own session, and never returns.
    private static func program(_ mark: String) -> String {
        """
        title: T
        packages: [bash]
        version: bash --version
        timeout: 600
        run: |
          setsid bash -c 'while :; do (sleep 0.00000\(mark) &); done' &
          exec sleep 200000.\(mark)
        """
    }

    private static let signals = [SIGKILL, SIGTERM, SIGINT]

    @Test("No process and no directory outlives a run, however it ends", arguments: signals)
    func run(signal: Int32) throws {
        try kill(by: signal, Self.scenario) {
            ["run", $0.path + "/s.yaml", "--output", $0.path + "/results"]
        }
    }

    @Test("Nor do they outlive a run of real programs", arguments: signals)
    func compatibility(signal: Int32) throws {
        try kill(by: signal, Self.program) {
            ["compatibility", $0.path + "/s.yaml", "--file-system", $0.path]
        }
    }

    /// Ends forklab with `arguments` by a signal while the given s.yaml keeps it busy.
    private func kill(
        by signal: Int32, _ text: (_ mark: String) -> String, arguments: (ScratchDirectory) -> [String]
    ) throws {
        // A number that no other process has in its arguments.
        let mark = "\(getpid())\(signal)\(UInt32.random(in: 100_000..<1_000_000))"
        let folder = try ScratchDirectory()
        _ = try folder.write(text(mark), to: "s.yaml")
        let forklab = try Spawn(
            executable: try BuiltWorkload.folder() + "/forklab", arguments: arguments(folder),
            environment: ProgramEnvironment.plain.merging(["TMPDIR": folder.path]) { _, new in new },
            descriptors: []
        ).start()
        // It has reached the part that never returns.
        try Self.wait { Processes.naming("sleep 200000.\(mark)".replacing(" ", with: "\0")).count > 0 }
        Glibc.kill(forklab, signal)
        var status: Int32 = 0
        while waitpid(forklab, &status, 0) < 0 && errno == EINTR {}
        if signal == SIGKILL {
            #expect(cp_term_signal(status) == SIGKILL)
        } else {
            #expect(cp_exited(status) && cp_exit_status(status) == 130)
        }
        try Self.wait {
            Processes.naming(mark).isEmpty && folder.entries.allSatisfy { !$0.hasPrefix("forklab-") }
        }
    }

    /// Polls until the condition is true. The limit only ends a hang.
    private static func wait(for condition: () -> Bool) throws {
        let limit = Clock.nanoseconds + 120_000_000_000
        while !condition() {
            try #require(Clock.nanoseconds < limit, "nothing happens")
            usleep(10_000)
        }
    }
}
