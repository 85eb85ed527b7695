import Glibc
import LabBase

/// Bytes that one process has sent to storage so far, from /proc/PID/io (proc(5)).
///
/// A page counts when it becomes dirty, whether it has been written back yet or not; pages of a tmpfs never count.
public struct ProcessWrites: Codable, Equatable, Sendable {
    /// Bytes of pages that the process dirtied (write_bytes).
    public var bytes: Int64 = 0
    /// Bytes among them that were discarded before they were written back (cancelled_write_bytes).
    public var cancelled: Int64 = 0

    /// Zero bytes.
    public init() {}

    /// Parses the text of the file; zero for anything that the kernel does not report.
    public init(io: String) {
        for line in io.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int64(words[1]) else { continue }
            switch words[0] {
            case "write_bytes:": bytes = number
            case "cancelled_write_bytes:": cancelled = number
            default: break
            }
        }
    }

    /// Reads the file of `process`. Throws `SystemCallError` if it is gone or belongs to another user.
    public static func read(process: Int32) throws(SystemCallError) -> ProcessWrites {
        ProcessWrites(io: try TextFile.read("/proc/\(process)/io"))
    }

    /// Adds the bytes of another process.
    public mutating func add(_ other: ProcessWrites) {
        bytes += other.bytes
        cancelled += other.cancelled
    }
}

/// The block device of a file system, as /sys/dev/block shows it.
public struct BlockDevice: Equatable, Sendable {
    /// Its number as sysfs writes it: "254:0".
    public let number: String

    /// The device below the file system of `directory`. nil if it has none, like tmpfs and network file
    /// systems, or if it cannot be found.
    public init?(holding directory: String) {
        var status = stat()
        guard stat(directory, &status) == 0 else { return nil }
        if let device = Self.listed(status.st_dev) {
            number = device
            return
        }
        // Btrfs shows its own device number; its mount names the device.
        guard let resolved = realpath(directory, nil) else { return nil }
        defer { free(resolved) }
        guard let mount = Mount.containing(String(cString: resolved), in: Mount.visible()),
            mount.source.hasPrefix("/dev/"), stat(mount.source, &status) == 0,
            let device = Self.listed(status.st_rdev)
        else { return nil }
        number = device
    }

    /// Bytes written to it since the system started, by anybody: sectors of 512 bytes in its stat file
    /// (Documentation/block/stat.rst of Linux). nil if it is gone.
    public var bytesWritten: Int64? {
        guard let text = try? TextFile.read("/sys/dev/block/\(number)/stat") else { return nil }
        let fields = text.split(whereSeparator: \.isWhitespace)
        return fields.count > 6 ? Int64(fields[6]).map { $0 * 512 } : nil
    }

    /// The number of a device, if sysfs has it. Decoded like glibc's gnu_dev_makedev(3) encodes it.
    private static func listed(_ device: dev_t) -> String? {
        let major = (device & 0xF_FF00) >> 8 | (device & 0xFFFF_F000_0000_0000) >> 32
        let minor = device & 0xFF | (device & 0xFFF_FFF0_0000) >> 12
        let number = "\(major):\(minor)"
        return access("/sys/dev/block/\(number)/stat", R_OK) == 0 ? number : nil
    }
}
