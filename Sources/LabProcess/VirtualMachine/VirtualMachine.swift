import Glibc
import LabBase

/// A small virtual machine whose file systems are mapped directly (DAX), for use without persistent memory.
///
/// qemu emulates the processor in software, and the guest's kernel treats part of its RAM as persistent memory. So it
/// behaves like real hardware, but its times mean nothing. Needs no root. In the guest
/// `GuestRoot.ext4` and `GuestRoot.xfs` are mounted with -o dax.
package struct VirtualMachine {
    /// The outcome of a command in the guest.
    package struct Outcome {
        /// Exit status of the command; nil if the guest did not get that far.
        package let status: Int32?
        /// What the command wrote to standard output and standard error.
        package let output: String
        /// The messages of the kernel and of the guest's own steps.
        package let console: String
    }

    /// RAM in bytes; one GiB of it is persistent memory, in two devices.
    private static let memory = "3G"
    /// Two regions of 512 MiB after the first GiB. Source: memmap= in the kernel's parameters.
    private static let persistentRegions = "memmap=512M!1G memmap=512M!1536M"

    private let emulator: String
    private let kernel: GuestKernel

    /// Why a machine is impossible here; nil if `init` will succeed.
    static var obstacle: String? {
        do throws(InputError) {
            _ = try VirtualMachine()
            return nil
        } catch {
            return error.problem
        }
    }

    /// Finds the programs it needs; fetches the kernel if it is not there yet.
    ///
    /// Throws `InputError` that names what is missing and the packages that bring it.
    package init() throws(InputError) {
        let needed: [(program: String, package: String)] = [
            ("qemu-system-x86_64", "qemu-system-x86"), ("busybox", "busybox-static"),
            ("cpio", "cpio"), ("mkfs.xfs", "xfsprogs"), ("mkfs.ext4", "e2fsprogs"),
        ]
        let missing = needed.filter { RealPath.program($0.program) == nil }
        guard missing.isEmpty, let emulator = RealPath.program("qemu-system-x86_64") else {
            let packages = missing.map(\.package).joined(separator: " ")
            throw InputError("dax", "needs the packages \(packages); apt-get install \(packages)")
        }
        self.emulator = emulator
        kernel = try GuestKernel.locate()
    }

    /// Boots, runs `command` with `environment` in the guest, and copies whatever it leaves in `GuestRoot.results` into the
    /// directory `results`, if one is given. The executable, `files`, and arguments that are files or folders here, have the
    /// same paths there, along with the shared libraries that they need.
    ///
    /// Throws `InputError` for a command that is not found, `SystemCallError` if the machine cannot be started. It is
    /// killed after `timeout`.
    package func run(
        _ command: [String], environment: [String: String] = [:], files: [String] = [],
        results: String? = nil,
        timeout: Duration = .seconds(1800), interruption: Interruption? = nil
    ) throws -> Outcome {
        let work = try TemporaryDirectory.large()
        defer { work.remove() }
        let root = GuestRoot(at: "\(work.path)/root")
        let command = try root.prepare(command, environment: environment, files: files, kernel: kernel)
        try root.pack(into: "\(work.path)/initrd", script: GuestRoot.script(command, environment))

        let console = "\(work.path)/console"
        let output = "\(work.path)/output"
        let archive = "\(work.path)/results.tar"
        let machine = ChildProcess(
            executable: emulator,
            arguments: [
                "-accel", "tcg,thread=multi", "-cpu", "max", "-machine", "pc", "-m", Self.memory,
                "-nodefaults",
                "-no-user-config", "-nographic", "-no-reboot", "-serial", "file:\(console)", "-serial",
                "file:\(output)", "-serial", "file:\(archive)", "-kernel", kernel.image, "-initrd",
                "\(work.path)/initrd", "-append", "console=ttyS0 quiet panic=-1 \(Self.persistentRegions)",
            ], environment: ProgramEnvironment.plain, timeout: timeout)
        let end = try machine.run(interruption: interruption)
        if let results { try Self.unpack(archive, into: results) }
        let (text, status) = GuestRoot.statusOf((try? TextFile.read(output)) ?? "")
        var log = (try? TextFile.read(console)) ?? ""
        if end.end != .exited(0) { log += "\n\(emulator): \(end.end) \(end.errors)" }
        return Outcome(status: status, output: text, console: log)
    }

    private static func unpack(_ archive: String, into directory: String) throws {
        guard let bytes = try? TextFile.read(archive), !bytes.isEmpty else { return }
        try OutputFile.makeDirectory(directory)
        try Tool.run("tar", ["-x", "-f", archive, "-C", directory])
    }
}
