import CProcess
import Glibc
import LabBase

/// Instructions of one start of a program, as valgrind's callgrind counts them: those of the program, the loader and the libraries,
/// of its children and threads too. They differ by a few hundred from start to start, since addresses do.
struct CountedInstructions {
    private let program: StartedProgram
    private let valgrind: String

    /// Throws `InputError` if valgrind is not installed.
    init(of program: StartedProgram) throws(InputError) {
        guard let valgrind = RealPath.program("valgrind") else {
            throw InputError(
                "--count-instructions", "valgrind is not installed; install it, or give false")
        }
        self.program = program
        self.valgrind = valgrind
    }

    /// Runs the program to its end. Throws `SystemCallError`, and `InputError` if valgrind says no number.
    func total() throws -> UInt64 {
        // Valgrind itself would make a pool too; only the program is to have one.
        let variable = getenv("LD_PRELOAD").map { "LD_PRELOAD=\(String(cString: $0))" }
        let command =
            [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes"]
            + (variable.map { ["/usr/bin/env", $0] } ?? []) + program.arguments
        let output = try ErrorsOfProgram(command, without: "LD_PRELOAD").text()
        let numbers = output.split(separator: "\n").compactMap { line in
            line.split(separator: "Collected : ").count == 2
                ? line.split(separator: " ").last.flatMap { UInt64($0) } : nil
        }
        guard !numbers.isEmpty else {
            let line = output.split(separator: "\n").last.map(String.init) ?? "nothing"
            throw InputError(valgrind, "counts no instructions but says: \(line)")
        }
        return numbers.reduce(0, +)
    }
}

/// Runs a program for what it writes to standard error.
private struct ErrorsOfProgram {
    private let command: [String]
    private let removed: String

    init(_ command: [String], without variable: String) {
        self.command = command
        removed = variable
    }

    func text() throws(SystemCallError) -> String {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemCallError("make a pipe") }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        defer { posix_spawn_file_actions_destroy(&actions) }
        let arguments = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let variable = next.pointee {
            if strncmp(variable, removed + "=", removed.utf8.count + 1) != 0 { variables.append(variable) }
            next += 1
        }
        variables.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, command[0], &actions, nil, arguments, variables)
        close(ends[1])
        guard error == 0 else { throw SystemCallError("start \(command[0])", code: error) }
        defer {
            var status: CInt = 0
            waitpid(process, &status, 0)
        }
        return try TextFile.read("/proc/self/fd/\(ends[0])")
    }
}
