import Foundation
import Testing
import LabTestSupport

/// `--json`: everything that a command has to say, as one object on standard output.
@Suite("--json") struct JSONOutputTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    @Test("Each command that prints a table has --json; preload and dax print what their command prints")
    func everywhere() throws {
        let pattern = /(?m)^  ([a-z]+) {2,}/
        let help = try ForkLabRun.end(["--help"], scratch: scratch).output
        let list = try #require(help.ranges(of: "SUBCOMMANDS:").last)
        let commands = help[list.upperBound...].matches(of: pattern).map { String($0.output.1) }
        try #require(commands.contains("run") && commands.contains("cite"), "\(commands)")
        let without = try commands.filter { command in
            try !ForkLabRun.end([command, "--help"], scratch: scratch).output.contains("--json")
        }
        #expect(without.sorted() == ["dax", "preload"])
    }

    @Test("The output is one object and nothing else, whatever the exit status")
    func oneObject() throws {
        let fixture = try ResultFixture()
        let stale = "[1 s](\(fixture.path)/summary.md \"mode=1,file_system=/tmp,pool_size=16M.fork_stall\")\n"
        let fork =
            #"{"pid":9,"fork":1,"mode":1,"action":"remap","error":0,"bytes_live":1,"bytes_copied":0,"#
            + #""bytes_shared":0,"reserve_ns":1,"prepare_ns":1,"fork_ns":1,"resume_ns":1}"#
        let scenario = """
            title: T
            question: Q?
            workload: {name: heap, pool_size: 32M}
            matrix: {reference: glibc}
            """
        let commands: [[String]] = try [
            ["list"], ["describe", scratch.write(scenario, to: "s.yaml")], ["doctor", scratch.path],
            ["report", fixture.path], ["compare", fixture.path, fixture.path],
            ["merge", "\(scratch.path)/all", fixture.path],
            ["cite", "--check", scratch.write(stale, to: "document.md")],
            ["log", scratch.write(fork + "\n", to: "log")], ["compatibility", "--list"],
            ["install", "--prefix", "\(scratch.path)/prefix", "--dry-run"],
        ]
        for command in commands {
            let end = try ForkLabRun.end(command + ["--json"], scratch: scratch)
            let object = try? JSONSerialization.jsonObject(with: Data(end.output.utf8))
            #expect(
                object is [String: Any] && end.output.count(where: \.isNewline) == 1, "\(command): \(end)")
            #expect(end.status != 2, "\(command): \(end)")
        }
    }
}
