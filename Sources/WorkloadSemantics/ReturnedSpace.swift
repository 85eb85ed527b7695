import CProcess
import Glibc
import LabBase
import Measurement

/// What a program takes of a file system, and whether it comes back when the program has ended.
struct ReturnedSpace {
    private let directory: String
    /// Bytes in use before the program.
    let before: Int64

    /// Bytes that may stay: the pool of the process that looks, and the file system's own records.
    static let tolerance: Int64 = 2 << 20

    /// Of the file system of `directory`, from now on. Throws `SystemCallError`.
    init(_ directory: String) throws(SystemCallError) {
        self.directory = directory
        before = try Self.used(directory)
    }

    /// Bytes in use, after write-back. Throws `SystemCallError`.
    static func used(_ directory: String) throws(SystemCallError) -> Int64 {
        _ = cp_sync_file_system(directory)
        return try FileSystemSpace.read(directory: directory).used
    }

    /// Waits until it is back and may be taken anew. Returns the bytes that are not at `deadline` (ns); 0 if all are.
    /// Throws `SystemCallError`.
    func lost(at deadline: UInt64) throws(SystemCallError) -> Int64 {
        // The kernel frees some of it after the end of a process.
        while true {
            let lost = try Self.used(directory) - before
            if lost <= Self.tolerance { break }
            guard Clock.nanoseconds < deadline else { return lost }
        }
        // btrfs lets nobody have what it freed before the commit that follows.
        _ = cp_sync_file_system(directory)
        return 0
    }
}
