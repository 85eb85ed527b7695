import Glibc
import LabBase

/// The space of a file system at one moment, in bytes, from statvfs(3).
public struct FileSystemSpace: Codable, Equatable, Sendable {
    /// The size of the file system.
    public var total: Int64
    /// Free space for root.
    public var free: Int64
    /// Free space for an ordinary user.
    public var available: Int64

    /// Memberwise initializer; all values in bytes.
    public init(total: Int64, free: Int64, available: Int64) {
        self.total = total
        self.free = free
        self.available = available
    }

    /// Asks about the file system of `directory`. Throws `SystemCallError`. Safe in any thread.
    public static func read(directory: String) throws(SystemCallError) -> FileSystemSpace {
        var answer = statvfs()
        guard statvfs(directory, &answer) == 0 else { throw SystemCallError("statvfs \(directory)") }
        let unit = Int64(answer.f_frsize)
        return FileSystemSpace(
            total: Int64(answer.f_blocks) * unit,
            free: Int64(answer.f_bfree) * unit,
            available: Int64(answer.f_bavail) * unit)
    }

    /// Used space, bytes.
    public var used: Int64 { total - free }
}
