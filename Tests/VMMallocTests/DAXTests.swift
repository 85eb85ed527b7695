import Foundation
import Testing

@testable import LabProcess

/// The library with a directly mapped pool, in a virtual machine with emulated persistent memory.
///
/// The processor is emulated, so slow programs are left to the long form: VMMALLOC_TEST_DAX=long.
@Suite(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
struct DAXTests {
    /// A black-box program of the fork tests, as it runs in modes 1 to 3 on ext4 and on XFS.
    private struct Run: Sendable {
        let command: [String]
        let poolSize: String
        let environment: [String: String]
        /// What it prints, on one line, in modes 1 to 3: on ext4, then on XFS if that differs.
        let output: [[String]]
        /// Whether it runs there in this form.
        let isWanted: @Sendable (_ place: String, _ mode: Int) -> Bool

        init(
            _ command: String..., poolSize: String = "32M", environment: [String: String] = [:],
            output: [[String]] = [["", "", ""]],
            where isWanted: @escaping @Sendable (String, Int) -> Bool = { _, _ in true }
        ) {
            (self.command, self.poolSize, self.environment) = (command, poolSize, environment)
            (self.output, self.isWanted) = (output, isWanted)
        }

        /// The beginning of the line with its result.
        func name(_ place: String, _ mode: Int) -> String {
            "\(place), mode \(mode), \(command.joined(separator: " ")):"
        }

        /// The line with its result.
        func line(_ place: String, _ mode: Int) -> String {
            let said = (place == "ext4" ? output.first : output.last)?[mode - 1] ?? ""
            return [name(place, mode), said, "status 0"].filter { $0 != "" }.joined(separator: " ")
        }

        /// The step of the script that prints it.
        func step(_ place: String, _ mode: Int) throws -> String {
            let variables = [
                "VMMALLOC_POOL_DIR": "/mnt/\(place)", "VMMALLOC_POOL_SIZE": poolSize,
                "VMMALLOC_FORK": "\(mode)", "LD_PRELOAD": BuildProducts.library,
            ].merging(environment) { _, own in own }
            let words =
                variables.map { "\($0.key)=\($0.value)" }
                + [try Scratch.compiled(command[0])] + command.dropFirst()
            return """
                output=$(\(words.joined(separator: " ")))
                status=$?
                echo "\(name(place, mode))" $output "status $status"

                """
        }
    }

    private static let isLong = ProcessInfo.processInfo.environment["VMMALLOC_TEST_DAX"] == "long"
    private static let places = ["ext4", "xfs"]
    @Sendable private static func onlyLong(_: String, _: Int) -> Bool { isLong }

    private static let runs = [
        Run("persistent_memory.c", output: [Array(repeating: "persistent", count: 3)]),
        Run(
            "fork_or_refusal.c", "2", "2",
            output: ["pmem copied", "reflink shared"].map { copy in
                ["remap none", "\(copy) \(copy)", "\(copy) \(copy)"]
            }),
        // The first writes after a reflink take the emulated processor long: 20 s, where ext4 takes 4.
        Run("fork_isolation.c", where: { place, mode in isLong || place == "ext4" || mode == 1 }),
        Run("fork_isolation.c", "4", where: { place, mode in isLong || place == "xfs" && mode == 2 }),
        Run("file_lock.c"), Run("thread_specific.c"),
        Run("heap_stack.c", output: [["worked", "refused", "worked"]]),
        Run("heap_waiter.c", "plain", output: [Array(repeating: "woken", count: 3)]),
        // Up to Linux 6.14 a reflink would lose it on XFS; this is the remedy.
        Run(
            "heap_waiter.c", "semaphore", environment: ["VMMALLOC_FORK_COPY": "pmem"],
            output: [["lost", "woken", "woken"]]),
        Run("concurrent_forks.c"),
        Run("concurrent_forks.c", "400", where: { place, mode in isLong && place == "ext4" && mode > 1 }),
        Run("fork_under_load.c", "2", "10", poolSize: "128M"),
        Run("fork_under_load.c", "16", "300", poolSize: "128M", where: onlyLong),
        Run(
            "freed_memory.c", poolSize: "128M",
            environment: ["MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"],
            where: { _, mode in isLong && mode == 1 }),
        Run(
            "lost_descriptor.c", "closefrom", output: [Array(repeating: "3 of 3 forks worked", count: 3)],
            where: onlyLong),
        Run(
            "unannounced_fork.c", "__fork", "0",
            output: [Array(repeating: "child left with 0", count: 3)], where: onlyLong),
        Run(
            "full_file_system.c", "fork", where: { place, mode in isLong && (mode == 1 || place == "ext4") }),
        Run(
            "full_file_system.c", "fork", environment: ["VMMALLOC_FORK_SPACE": "strict"],
            where: { place, mode in isLong && mode > 1 && place == "xfs" }),
        Run("space_returns.c", "600", where: { _, mode in isLong && mode == 2 }),
    ]

    @Test func forksKeepTheirPromises() throws {
        var script = ""
        var expected: [String] = []
        for place in Self.places {
            for mode in 1...3 {
                for run in Self.runs where run.isWanted(place, mode) {
                    script += try run.step(place, mode)
                    expected.append(run.line(place, mode))
                }
            }
        }
        let path = "\(Scratch.disk)/dax.sh"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        let programs = try Self.runs.map { try Scratch.compiled($0.command[0]) }
        let pmem = "/usr/lib/x86_64-linux-gnu/libpmem.so.1"
        let outcome = try VirtualMachine().run(
            ["sh", path], files: programs + [BuildProducts.library, pmem], timeout: .seconds(3600))
        // Line by line, to make the one that differs easy to find.
        let said = outcome.output.split(separator: "\n").map(String.init)
        for change in said.difference(from: expected) {
            switch change {
            case .insert(_, let line, _): Issue.record("the machine said: \(line)")
            case .remove(_, let line, _): Issue.record("the machine did not say: \(line)")
            }
        }
        #expect(outcome.status == 0, "\(outcome.console)")
    }
}

private let obstacle = VirtualMachine.obstacle
