import Glibc
import LabBase
import SystemPackage

/// The guest's root file system: busybox, the modules, the command with its shared libraries, and the script that is the
/// guest's first process. All of it is in the initial RAM disk.
struct GuestRoot {
    /// The mount point of ext4, with -o dax.
    static let ext4 = "/mnt/ext4"
    /// The mount point of XFS, with -o dax=always.
    static let xfs = "/mnt/xfs"
    /// Everything that the command leaves in this directory is brought back.
    static let results = "/results"
    /// Precedes the exit status, on the last line of the output.
    private static let statusMark = "forklab-guest-status "

    private let path: String

    init(at path: String) { self.path = path }

    /// Copies everything that the command needs. Returns the command with the path of its executable.
    func prepare(
        _ command: [String], environment: [String: String], files: [String], kernel: GuestKernel
    ) throws -> [String] {
        for folder in ["dev", "proc", "sys", "tmp", "bin", "modules", Self.ext4, Self.xfs, Self.results] {
            try OutputFile.makeDirectory("\(path)/\(folder)")
        }
        guard let name = command.first, let executable = RealPath.executable(name) else {
            throw InputError("COMMAND", "\"\(command.first ?? "")\" is not a program; give one after --")
        }
        try Tool.run("cp", ["-L", try Tool.path("busybox"), "\(path)/bin/busybox"])
        try Tool.run("cp", ["-L"] + kernel.modules + ["\(path)/modules/"])
        // If a preload library is asked for, it must be there too.
        let mentioned = (command.dropFirst() + environment.values).filter {
            $0.hasPrefix("/") && access($0, R_OK) == 0
        }
        let tools = try ["mkfs.xfs", "mkfs.ext4"].map { try Tool.path($0) }
        for file in [executable] + tools + files + mentioned { try copyWithLibraries(file) }
        return [executable] + command.dropFirst()
    }

    /// Packs the tree, with `script` as its first process, into the file `archive`.
    func pack(into archive: String, script: String) throws {
        try OutputFile.write(script, to: "\(path)/init")
        try Tool.run("chmod", ["755", "\(path)/init"])
        try Tool.run(
            "sh", ["-c", "cd \"$1\" && find . | cpio --quiet -o -H newc > \"$2\"", "sh", path, archive])
    }

    /// The script of the guest's first process: mounts, runs the command, brings back its results, and powers off.
    static func script(_ command: [String], _ environment: [String: String]) -> String {
        let variables = environment.sorted { $0.key < $1.key }.map { "export \($0.key)=\(quoted($0.value))" }
        return """
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/usr/sbin:/sbin:/usr/bin:/bin HOME=/tmp
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t devtmpfs dev /dev
            mkdir -p /dev/shm /dev/pts
            mount -t tmpfs shm /dev/shm
            mount -t devpts pts /dev/pts
            for module in \(GuestKernel.loadOrder); do insmod /modules/$module.ko; done
            mkfs.ext4 -q -F /dev/pmem0 && mount -o dax /dev/pmem0 \(ext4)
            mkfs.xfs -q -f -m reflink=1 /dev/pmem1 && mount -o dax=always /dev/pmem1 \(xfs)
            grep dax /proc/mounts
            stty raw < /dev/ttyS1
            stty raw < /dev/ttyS2
            (\(variables.joined(separator: "\n"))
            \(command.map(quoted).joined(separator: " "))) > /dev/ttyS1 2>&1
            echo "\(statusMark)$?" > /dev/ttyS1
            tar -c -C \(results) . > /dev/ttyS2
            echo o > /proc/sysrq-trigger
            while :; do sleep 1; done

            """
    }

    /// The output without its last line, and the exit status from that line.
    static func statusOf(_ output: String) -> (text: String, status: Int32?) {
        guard let mark = output.firstRange(of: statusMark) else { return (output, nil) }
        let number = output[mark.upperBound...].prefix { $0.isNumber }
        return (String(output[..<mark.lowerBound]), Int32(number))
    }

    private func copyWithLibraries(_ file: String) throws {
        // ldd says nothing about a file that is not dynamic; a script's interpreter must be named by the caller.
        let listed = (try? Tool.run("ldd", [file])) ?? ""
        let libraries = listed.split { $0 == " " || $0 == "\n" || $0 == "\t" }.filter { $0.hasPrefix("/") }
        for source in [file] + libraries.map(String.init) {
            let target = "\(path)\(source)"
            guard access(target, F_OK) != 0 else { continue }
            try OutputFile.makeDirectory(FilePath(target).removingLastComponent().string)
            try Tool.run("cp", ["-rL", source, target])
        }
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
