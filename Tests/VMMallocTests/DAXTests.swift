import Foundation
import ForkLab
import Testing

/// The library where the pool is mapped directly: in a virtual machine with emulated persistent memory.
@Suite(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
struct DAXTests {
    /// What a program prints in modes 1 to 3 on a file system.
    private struct Run {
        let program: String
        var arguments = ""
        var poolSize = "32M"
        /// On ext4, then on XFS, where that differs.
        var output: [[String]] = [["", "", ""]]

        func line(place: Int, mode: Int) -> String {
            "\(DAXTests.places[place]), mode \(mode), \(program):\(output[min(place, output.count - 1)][mode - 1]) status 0\n"
        }
    }

    private static let places = ["ext4", "xfs"]
    private static let runs = [
        Run(
            program: "fork_or_refusal.c", arguments: "2 2",
            output: ["pmem copied", "reflink shared"].map { copy in
                [" remap none", " \(copy) \(copy)", " \(copy) \(copy)"]
            }),
        Run(program: "fork_isolation.c"), Run(program: "fork_isolation.c", arguments: "4"),
        Run(program: "file_lock.c"), Run(program: "thread_specific.c"),
        Run(program: "heap_stack.c", output: [[" worked", " refused", " worked"]]),
        Run(program: "concurrent_forks.c"),
        Run(program: "fork_under_load.c", arguments: "2 10", poolSize: "128M"),
    ]

    /// The black-box programs of `ForkTests`, in the modes 1, 2 and 3 on ext4, then on XFS.
    @Test func forksKeepTheirPromises() throws {
        let pmem = "/usr/lib/x86_64-linux-gnu/libpmem.so.1"
        var files = [BuildProducts.library, pmem]
        var steps: [String] = []
        for run in Self.runs {
            let program = try Scratch.compiled(run.program)
            files.append(program)
            steps.append(
                """
                    output=$(VMMALLOC_POOL_SIZE=\(run.poolSize) LD_PRELOAD=\(BuildProducts.library) \(program) \(run.arguments))
                    status=$?
                    echo "$place, mode $mode, \(run.program):" $output "status $status"
                """)
        }
        let script = "\(Scratch.disk)/dax.sh"
        try """
        for place in \(Self.places.joined(separator: " ")); do for mode in 1 2 3; do
            export VMMALLOC_POOL_DIR=/mnt/$place VMMALLOC_FORK=$mode
        \(steps.joined(separator: "\n"))
        done; done
        """.write(toFile: script, atomically: true, encoding: .utf8)
        let outcome = try VirtualMachine().run(["sh", script], files: [script] + files)
        var expected = ""
        for place in Self.places.indices {
            for mode in 1...3 {
                for run in Self.runs { expected += run.line(place: place, mode: mode) }
            }
        }
        #expect(outcome.output == expected, "\(outcome)")
        #expect(outcome.status == 0)
    }
}

private let obstacle = VirtualMachine.obstacle
