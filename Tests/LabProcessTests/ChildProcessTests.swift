import Glibc
import Testing

@testable import LabProcess

@Suite("Running one program") struct ChildProcessTests {
    private static let patience = Duration.seconds(600)

    private func shell(_ script: String, timeout: Duration = patience, output: Int32 = 1) throws
        -> ChildProcess.Result
    {
        try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", script], environment: ["ONLY": "this"], timeout: timeout,
            outputDescriptor: output
        ).run(interruption: nil)
    }

    @Test("Status, output and errors come back")
    func exited() throws {
        let result = try shell("echo out; echo err >&2; exit 3")
        #expect(result.end == .exited(3) && result.output == "out\n" && result.errors == "err\n")
    }

    @Test("A report on its own descriptor is kept apart from standard output")
    func reportDescriptor() throws {
        #expect(try shell("echo noise; echo report >&3", output: 3).output == "report\n")
    }

    @Test("More output than fits into a pipe")
    func largeOutput() throws {
        let result = try shell("head -c 1000000 /dev/zero | tr '\\0' x")
        #expect(result.end == .exited(0) && result.output.utf8.count == 1_000_000)
    }

    @Test("The environment is what was given")
    func environment() throws {
        #expect(try shell("echo $ONLY$HOME").output == "this\n")
    }

    @Test("It does not inherit ignored signals")
    func ignoredSignals() throws {
        // Nothing else here uses this signal.
        let old = signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, old) }
        #expect(try shell("kill -USR2 $$; echo ignored").end == .signalled(SIGUSR2))
    }

    @Test("It inherits only the descriptors it is given", arguments: [STDOUT_FILENO, 3])
    func inheritedDescriptors(output: Int32) throws {
        let left = open("/dev/null", O_RDONLY)
        defer { close(left) }
        // The shell's own descriptor for reading the folder is closed when the loop begins.
        let list = "cd /proc/$$/fd && for number in *; do [ -e $number ] && echo $number >&\(output); done"
        let numbers = try shell(list, output: output).output
        #expect(numbers == (0...max(output, STDERR_FILENO)).map { "\($0)\n" }.joined())
    }

    @Test("A signal is reported by its number")
    func signalled() throws {
        #expect(try shell("kill -SEGV $$").end == .signalled(11))
    }

    @Test("A program that does not end is killed, with its children")
    func timedOut() throws {
        let result = try shell("sleep 100000 & echo $!; wait", timeout: .milliseconds(300))
        #expect(result.end == .timedOut)
    }

    @Test("A program that does not exist cannot be started")
    func missing() {
        let process = ChildProcess(
            executable: "/nonexistent", arguments: [], environment: [:], timeout: Self.patience)
        #expect(throws: (any Error).self) { try process.run(interruption: nil) }
    }
}
