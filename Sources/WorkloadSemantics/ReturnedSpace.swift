import CProcess
import Glibc
import LabBase
import Measurement

/// The file system space that a program takes, and whether it comes back when the program has ended.
struct ReturnedSpace {
    private let directory: String
    /// Bytes in use before the program.
    let before: Int64

    /// Bytes that may remain in use: the pool of the process that looks, and the file system's own metadata.
    static let tolerance: Int64 = 2 << 20

    /// Starts observing the file system of `directory`. Throws `SystemCallError`.
    init(_ directory: String) throws(SystemCallError) {
        self.directory = directory
        before = try Self.used(directory)
    }

    /// Bytes in use, after write-back. Throws `SystemCallError`.
    static func used(_ directory: String) throws(SystemCallError) -> Int64 {
        _ = cp_sync_file_system(directory)
        return try FileSystemSpace.read(directory: directory).used
    }

    /// Waits until the space is back and usable. Returns the bytes that are still missing at `deadline` (ns); 0 if none.
    /// Throws `SystemCallError`.
    func lost(at deadline: UInt64) throws(SystemCallError) -> Int64 {
        // The kernel frees some of it only after the end of a process.
        while true {
            let lost = try Self.used(directory) - before
            if lost <= Self.tolerance { break }
            guard Clock.nanoseconds < deadline else { return lost }
        }
        // btrfs makes freed space usable only after the next commit.
        _ = cp_sync_file_system(directory)
        return 0
    }
}
