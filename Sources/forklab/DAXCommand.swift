import ArgumentParser
import LabBase
import LabProcess
import LabScenario

/// `forklab dax`: a command on file systems with direct access, in a virtual machine.
struct DAXCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dax",
        abstract: "Run a command in a virtual machine with emulated persistent memory.",
        discussion: """
            In the machine, /mnt/ext4 and /mnt/xfs are mounted with -o dax. The processor is emulated in software: \
            whatever works there works on real hardware, but its times mean nothing. The command, and its \
            arguments that are files here, have the same paths there, along with their shared libraries.

            Without a command it runs a scenario: Scenarios/dax.yaml, or that of --scenario. Needs no root. The kernel is Debian's, fetched once into \
            the user's cache.

            EXAMPLES
              forklab dax
              forklab dax --scenario Scenarios/dax-semantics.yaml --output results/local/dax
              forklab dax --env LD_PRELOAD=$PWD/.build/release/libvmmalloc.so --env VMMALLOC_POOL_DIR=/mnt/ext4 \\
                  --env VMMALLOC_POOL_SIZE=64M -- ./my-test

            EXIT STATUS
              that of the command; 2 if the machine could not be started, or did not
              get that far
            """)

    @Option(help: "The scenario to run (default: Scenarios/dax.yaml).")
    var scenario: String?

    @Option(help: "Directory for whatever the command leaves in /results of the machine.")
    var output: String?

    @Option(help: "A variable of the command's environment, NAME=VALUE; may be repeated.")
    var env: [String] = []

    @Option(help: "Another file or folder that the command needs; may be repeated.")
    var file: [String] = []

    @OptionGroup var library: LibraryOption

    @Flag(help: "Also show the messages of the guest's kernel.")
    var console = false

    @Argument(parsing: .postTerminator, help: "The command, after --.")
    var command: [String] = []

    func validate() throws {
        guard scenario == nil || command.isEmpty else {
            throw ValidationError("--scenario and a command exclude each other; leave out one of the two")
        }
    }

    func run() throws {
        let variables = try variables()
        let interruption = try Interruption()
        let executables = try library.executables()
        var command = command
        if command.isEmpty {
            let scenario =
                try scenario.map(PackageFolder.scenario) ?? (PackageFolder.scenarios() + "/dax.yaml")
            // Find errors in it before the machine starts.
            _ = try Scenario.load(path: scenario)
            command = [
                executables.supervisor, "run", RealPath.resolve(scenario) ?? scenario, "--output", "/results",
            ]
        }
        if let missing = file.first(where: { RealPath.resolve($0) == nil }) {
            throw InputError("--file", "\"\(missing)\" does not exist; give a file or folder that does")
        }
        guard RealPath.executable(command[0]) != nil else {
            throw InputError("COMMAND", "\"\(command[0])\" is not a program; give one after --")
        }
        let machine = try VirtualMachine()
        StandardError.line("forklab: starting a virtual machine; this takes a minute or more")
        let outcome = try machine.run(
            command, environment: variables, files: file + [executables.workload, executables.library],
            results: output, interruption: interruption)
        if console { print(outcome.console) }
        print(outcome.output, terminator: "")
        guard let status = outcome.status else {
            let last =
                outcome.console.split(whereSeparator: \.isNewline).last.map(String.init)
                ?? "it printed nothing"
            throw InputError("dax", "the guest did not finish its work: \(last)")
        }
        guard status == 0 else { throw ExitCode(status) }
    }

    private func variables() throws(InputError) -> [String: String] {
        var variables: [String: String] = [:]
        for pair in env {
            guard let mark = pair.firstIndex(of: "="), mark > pair.startIndex else {
                throw InputError("--env", "\"\(pair)\" is not a variable; give NAME=VALUE")
            }
            variables[String(pair[..<mark])] = String(pair[pair.index(after: mark)...])
        }
        return variables
    }
}
