import CProcess
import Glibc
import Measurement
import Testing

@testable import ForkLab

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

    @Test(
        "No process and no directory outlives it, however it ends",
        arguments: [SIGKILL, SIGTERM, SIGINT])
    func killed(signal: Int32) throws {
        // A number that no other process has among its arguments.
        let mark = "\(getpid())\(signal)"
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try OutputFile.write(Self.scenario(mark), to: folder.path + "/s.yaml")
        let forklab = try Spawn(
            executable: try BuiltWorkload.folder() + "/forklab",
            arguments: ["run", folder.path + "/s.yaml", "--output", folder.path + "/results"],
            environment: TrialEnvironment.plain.merging(["TMPDIR": folder.path]) { _, new in new },
            descriptors: []
        ).start()
        // The trial has come to its trigger.
        try Self.wait { Processes.naming("sleep 200000.\(mark)".replacing(" ", with: "\0")).count > 0 }
        kill(forklab, signal)
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

    /// Looks again and again. The limit only ends a hang.
    private static func wait(for condition: () -> Bool) throws {
        let limit = Clock.nanoseconds + 120_000_000_000
        while !condition() {
            try #require(Clock.nanoseconds < limit, "nothing happens")
            usleep(10_000)
        }
    }
}
