import CProcess
import Glibc
import LabBase
import LabProcess
import LabScenario
import Measurement

/// File systems made for one run in sparse images on disk.
///
/// They are mounted in this process's own mount namespace, and an image is unlinked as soon as it
/// is mounted: when the process ends, however it ends, the kernel removes everything. Create this before the
/// first thread starts: a namespace belongs to a thread.
package final class LoopFixtures {
    private static let smallestImage: Int64 = 1 << 30
    private static let largestImage: Int64 = 8 << 30

    private let imageDirectory: String
    private var mountRoot: String?

    /// Images will go into `imageDirectory`, which must be on disk for memory figures to mean anything.
    package init(imageDirectory: String) { self.imageDirectory = imageDirectory }

    /// Mounts a tmpfs with a huge-page policy and returns its directory. Throws `Unavailable` or `SystemCallError`.
    func makeTmpfs(_ policy: FileSystemName.HugePolicy) throws -> String {
        try makeTmpfs(FileSystemName.hugeTmpfs(policy).text, options: "huge=\(policy.rawValue)")
    }

    /// Makes a small file system and returns its directory. Throws `Unavailable` or `SystemCallError`.
    func makeSmall(_ type: FileSystemName.SmallType) throws -> String {
        let name = FileSystemName.small(type).text
        switch type {
        case .tmpfs: return try makeTmpfs(name, options: "size=\(type.mebibytes)m")
        case .loop(let loop):
            return try make(loop, name: name, size: type.mebibytes << 20, arguments: loop.smallArguments)
        }
    }

    /// Makes a file system as large as there is room for and returns its directory. Throws `Unavailable` or `SystemCallError`.
    func make(_ type: FileSystemName.LoopType) throws -> String {
        try make(type, name: type.rawValue, size: try imageSize())
    }

    private func makeTmpfs(_ name: String, options: String) throws -> String {
        let point = try makeMountPoint(name)
        guard cp_mount_tmpfs(point, options) == 0 else {
            throw Unavailable("\(SystemCallError("mount a tmpfs with \(options)"))")
        }
        return point
    }

    private func make(
        _ type: FileSystemName.LoopType, name: String, size: Int64, arguments: [String] = []
    ) throws -> String {
        let point = try makeMountPoint(name)
        for (tool, package) in [(type.tool, type.package), ("mount", "mount")] {
            guard RealPath.program(tool) != nil else {
                throw Unavailable("needs \(tool); install the package \(package)")
            }
        }
        let image = "\(imageDirectory)/.forklab-\(name)-\(getpid()).image"
        try makeSparseFile(image, size: size)
        defer { unlink(image) }
        do {
            try Tool.run(type.tool, type.arguments + arguments + [image])
            try Tool.run("mount", ["-o", "loop", image, point])
        } catch let error as InputError {
            throw Unavailable("\(error.place) failed: \(error.problem)")
        }
        return point
    }

    private func makeMountPoint(_ name: String) throws -> String {
        guard geteuid() == 0 else {
            throw Unavailable("needs root to mount it; run as root, or name a directory on such a system")
        }
        let point = "\(try enterNamespace())/\(name)"
        guard mkdir(point, 0o755) == 0 else { throw SystemCallError("create \(point)") }
        return point
    }

    private func imageSize() throws -> Int64 {
        let available = try FileSystemSpace.read(directory: imageDirectory).available
        let size = min(Self.largestImage, available / 5 * 4)
        guard size >= Self.smallestImage else {
            throw Unavailable(
                "needs \(Quantity.bytes(Double(Self.smallestImage))) of free space in \(imageDirectory)")
        }
        return size & ~0xFFFFF
    }

    private func makeSparseFile(_ path: String, size: Int64) throws(SystemCallError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallError("create \(path)") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw SystemCallError("size \(path)") }
    }

    /// Mount points must leave nothing behind either: they are on a tmpfs mounted over an empty directory that
    /// every system has.
    private func enterNamespace() throws -> String {
        if let mountRoot { return mountRoot }
        guard let empty = ["/mnt", "/srv", "/media", "/opt"].first(where: { Folder.read($0) == [] }) else {
            throw Unavailable("needs an empty directory to mount on; empty one of /mnt, /srv, /media, /opt")
        }
        guard cp_private_mount_namespace() == 0 else {
            throw Unavailable("\(SystemCallError("make a mount namespace")); run with CAP_SYS_ADMIN")
        }
        guard cp_mount_tmpfs(empty, "size=1m") == 0 else {
            throw SystemCallError("mount a tmpfs on \(empty)")
        }
        mountRoot = empty
        return empty
    }
}

extension FileSystemName.LoopType {
    /// The program that makes such a file system.
    fileprivate var tool: String { "mkfs.\(rawValue)" }

    /// The Debian package of that program.
    fileprivate var package: String {
        switch self {
        case .xfs: "xfsprogs"
        case .btrfs: "btrfs-progs"
        case .ext4: "e2fsprogs"
        }
    }

    /// Additional arguments for making a small one.
    fileprivate var smallArguments: [String] {
        // Once data has taken the rest, btrfs has only 8 MiB for metadata, and sets several nodes aside for each
        // block that a reflink shares: with nodes of 16 KiB it reports ENOSPC long before it is full.
        self == .btrfs ? ["--nodesize", "4096"] : []
    }

    fileprivate var arguments: [String] {
        switch self {
        case .xfs: ["-q", "-f", "-m", "reflink=1"]
        case .btrfs: ["-q", "-f", "-m", "single", "-d", "single"]
        // No blocks reserved for root, so that the file system is full for everybody at once.
        case .ext4: ["-q", "-F", "-m", "0"]
        }
    }
}
