import LabProcess

/// The programs that parts of forklab call, each with its Debian package.
struct ToolsCheck: DoctorCheck {
    private struct Tool {
        let program: String
        let package: String
        let purpose: String
    }

    private static let tools = [
        Tool(program: "gnuplot", package: "gnuplot-nox", purpose: "plots of \"forklab report\""),
        Tool(program: "mkfs.xfs", package: "xfsprogs", purpose: "file_system: xfs in scenarios (as root)"),
        Tool(
            program: "mkfs.btrfs", package: "btrfs-progs",
            purpose: "file_system: btrfs in scenarios (as root)"),
        Tool(program: "mkfs.ext4", package: "e2fsprogs", purpose: "file_system: ext4 in scenarios (as root)"),
        Tool(program: "redis-server", package: "redis-server", purpose: "scenarios and tests with Redis"),
        Tool(
            program: "qemu-system-x86_64", package: "qemu-system-x86",
            purpose: "tests on emulated persistent memory"),
        Tool(program: "chromium", package: "chromium", purpose: "tests of the HTML report"),
        Tool(program: "strace", package: "strace", purpose: "tests that make system calls fail"),
    ]

    func findings(on machine: Machine) -> [Finding] {
        Self.tools.map { tool in
            machine.hasProgram(tool.program)
                ? Finding(.ok, tool.program, "for \(tool.purpose)")
                : Finding(
                    .missing, tool.program, "for \(tool.purpose)", advice: "apt-get install \(tool.package)")
        }
    }
}
