import FoundationEssentials
import LabBase
import LabProcess

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
        var environment = ProcessInfo.processInfo.environment
        let preload = environment.removeValue(forKey: "LD_PRELOAD")
        let output = try ChildProcess(
            executable: valgrind,
            arguments: ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=yes"]
                + (preload.map { ["/usr/bin/env", "LD_PRELOAD=\($0)"] } ?? []) + program.arguments,
            environment: environment, timeout: .seconds(3600), errorsKept: .beginning(1 << 20)
        ).run(interruption: nil).errors
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
