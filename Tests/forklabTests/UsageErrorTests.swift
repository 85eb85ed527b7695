import Foundation
import Testing
import LabTestSupport

@testable import LabProcess

/// A mistake on the command line gives one line, and status 2.
struct UsageErrorTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    @Test(
        arguments: [
            (
                ["run", "--trails", "3"],
                "forklab: Unknown option '--trails'. Did you mean '--trials'? See 'forklab run --help'"
            ),
            (
                ["run", "--output"],
                "forklab: Missing value for '--output <output>'; see 'forklab run --help'"
            ),
            (
                ["run", "--trials", "-3"],
                "forklab: --trials: -3 is not valid; give a whole number from 1 to 100000"
            ),
            (
                ["compare", "--minimum-effect", "5", "a", "b"],
                "forklab: The value '5' is invalid for '--minimum-effect <minimum-effect>': "
                    + "give a share such as 0.05; see 'forklab compare --help'"
            ),
            (
                ["recommend", "--pool-dir", "/dev/shm", "--pool-size", "64M", "--spare-memory", "-1"],
                "forklab: --spare-memory: \"-1\" is not a size; give bytes, or a number with K, M, G or T, such as 2G"
            ),
            (
                ["dax", "--env", "x", "--", "true"],
                "forklab: --env: \"x\" is not a variable; give NAME=VALUE"
            ),
            (
                ["log", "/no/such"],
                "forklab: /no/such: cannot be read: No such file or directory; give the file of VMMALLOC_FORK_LOG"
            ),
            (
                ["doctor", "/etc/passwd"],
                "forklab: /etc/passwd: is not a directory; give one"
            ),
            (
                ["run", "--output", "/proc/x"],
                "forklab: --output: cannot create /proc/x: No such file or directory; give a directory that can be made"
            ),
            (
                ["run", "--output", "/etc/passwd"],
                "forklab: --output: /etc/passwd is not a directory; give one, or a name that is not taken"
            ),
            (
                ["describe", "--trials", "many"],
                "forklab: The value 'many' is invalid for '--trials <trials>': give a whole number; "
                    + "see 'forklab describe --help'"
            ),
            (
                ["compare", "--minimum-effect", "five", "a", "b"],
                "forklab: The value 'five' is invalid for '--minimum-effect <minimum-effect>': "
                    + "give a share such as 0.05; see 'forklab compare --help'"
            ),
            (
                ["compare", "base", "new", "newer"],
                "forklab: Unexpected argument 'newer'; see 'forklab compare --help'"
            ),
            (
                ["compare", "base"],
                "forklab: Missing expected argument '<new>'; see 'forklab compare --help'"
            ),
            (
                ["compare"],
                "forklab: Missing expected argument '<base>'; see 'forklab compare --help'"
            ),
            (
                ["compare", "a", "b", "--json", "--markdown"],
                "forklab: --markdown and --json exclude each other; give one; see 'forklab compare --help'"
            ),
            (["--colour"], "forklab: Unknown option '--colour'; see 'forklab --help'"),
            (
                ["run", "--json=yes"],
                "forklab: The option '--json' does not take any value, but 'yes' was specified. "
                    + "See 'forklab run --help'"
            ),
            (
                ["preload", "--pool-dir", "/dev/shm", "--pool-size", "64M", "--fork", "7", "--", "true"],
                "forklab: --fork: 7 is not a fork mode; give 0, 1, 2 or 3"
            ),
            (
                ["preload", "--pool-dir", "/dev/shm", "--pool-size", "9T", "--", "true"],
                "forklab: --pool-size: \"9T\" is not a pool size; give bytes from 14M to 8T, such as 256M or 1G"
            ),
            (
                [
                    "preload", "--pool-dir", "/dev/shm", "--pool-size", "64M", "--fork-log", "/tmp", "--",
                    "true",
                ],
                "forklab: --fork-log: cannot write /tmp: Is a directory; give a file in a directory that is writable"
            ),
            (
                [
                    "preload", "--pool-dir", "/dev/shm", "--pool-size", "64M", "--library", "/dev", "--",
                    "true",
                ],
                "forklab: --library: \"/dev\" is not a shared library; give the path of libvmmalloc.so"
            ),
            (
                ["run", "--library", "/etc/passwd"],
                "forklab: --library: \"/etc/passwd\" is not a shared library; give the path of libvmmalloc.so"
            ),
            (
                ["run", "--output", ""],
                "forklab: --output: is empty; give the name of a directory"
            ),
            (
                ["dax", "--file", "/no/such", "--", "true"],
                "forklab: --file: \"/no/such\" does not exist; give a file or folder that does"
            ),
            (
                ["dax", "--", "no-such"],
                "forklab: COMMAND: \"no-such\" is not a program; give one after --"
            ),
        ])
    func oneLine(_ arguments: [String], _ line: String) throws {
        let end = try ForkLabRun.end(arguments, scratch: scratch)
        #expect(end.errors == line + "\n")
        #expect(end.output.isEmpty)
        #expect(end.status == 2)
    }

    /// The dynamic linker would look for two files, find none, and start the command without a pool.
    @Test(arguments: ["a b.so", "a:b.so"])
    func libraryThatCannotBeNamed(_ name: String) throws {
        let library = "\(scratch.path)/\(name)"
        try FileManager.default.copyItem(atPath: "/bin/true", toPath: library)
        let end = try ForkLabRun.end(
            [
                "preload", "--pool-dir", "/dev/shm", "--pool-size", "64M", "--library", library, "--", "echo",
                "ran",
            ],
            scratch: scratch)
        #expect(end.errors.hasPrefix("forklab: --library: \"\(library)\" contains a blank or a colon"))
        #expect(end.output.isEmpty)
        #expect(end.status == 2)
    }

    /// From anywhere: those that come with forklab are found by their names.
    @Test(arguments: ["smoke", "smoke.yaml"])
    func scenarioByItsName(name: String) throws {
        let end = try ForkLabRun.end(["describe", name, "--json"], scratch: scratch)
        #expect(end.status == 0 && end.output.contains("\"smoke\""), "\(end)")
    }

    @Test func unknownSubcommand() throws {
        let end = try ForkLabRun.end(["rnu"], scratch: scratch)
        #expect(end.errors.hasPrefix("forklab: 'rnu' is not a subcommand; give one of run, recommend, "))
        #expect(end.errors.count(where: \.isNewline) == 1)
        #expect(!end.errors.contains("supervise"))
        #expect(end.status == 2)
    }

    @Test(arguments: ["--help", "run --help", "help run", "--version", "--generate-completion-script bash"])
    func noError(_ arguments: String) throws {
        let end = try ForkLabRun.end(arguments.split(separator: " ").map(String.init), scratch: scratch)
        #expect(end.errors.isEmpty)
        #expect(!end.output.isEmpty)
        #expect(end.status == 0)
    }

    @Test(
        arguments: [
            (
                ["heap", "--pool-size", "big"],
                "forklab-workload: The value 'big' is invalid for '--pool-size <pool-size>': "
                    + "give bytes from 14M to 8T, such as 256M or 1G; see"
            ),
            (
                ["heap", "--stall-rate", "often"],
                "forklab-workload: The value 'often' is invalid for '--stall-rate <stall-rate>': "
                    + "give a whole number from 0 to 100000; see 'forklab-workload heap --help'"
            ),
            (
                ["store", "--read-share", "most"],
                "forklab-workload: The value 'most' is invalid for '--read-share <read-share>': "
                    + "give a number from 0 to 1; see"
            ),
            (
                ["heap", "--sync-before-fork", "perhaps"],
                "forklab-workload: The value 'perhaps' is invalid for '--sync-before-fork <sync-before-fork>': "
                    + "give true or false; see"
            ),
            (
                ["heap", "--hold"],
                "forklab-workload: Missing value for '--hold <hold>'; see 'forklab-workload heap --help'"
            ),
            (
                ["heap", "--share-in-use", "2"],
                "forklab-workload: The value '2' is invalid for '--share-in-use <share-in-use>': "
                    + "give a number from 0 to 1; see 'forklab-workload heap --help'"
            ),
            (
                ["store", "--seed", "x"],
                "forklab-workload: The value 'x' is invalid for '--seed <seed>': give a whole number; see"
            ),
            (
                ["heap", "--longest-run", "0"],
                "forklab-workload: The value '0' is invalid for '--longest-run <longest-run>': "
                    + "give a whole number from 1 to 1000000; see"
            ),
            (["haep"], "forklab-workload: 'haep' is not a subcommand; give one of heap, store, "),
        ])
    func workload(_ arguments: [String], _ begin: String) throws {
        let result = try ChildProcess(
            executable: try BuiltWorkload.folder() + "/forklab-workload", arguments: arguments,
            environment: ProgramEnvironment.plain, timeout: .seconds(60), outputDescriptor: 3
        ).run(interruption: nil)
        #expect(result.end == .exited(2))
        #expect(result.errors.hasPrefix(begin))
        #expect(result.errors.count(where: \.isNewline) == 1)
    }
}
