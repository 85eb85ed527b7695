import CProcess
import Glibc
import LabBase
import Measurement

/// An unnamed file that plays somebody else's and takes the space of a file system.
struct Ballast: @unchecked Sendable {
    private let directory: String
    private let descriptor: Int32
    private static let block = 1 << 20
    private let bytes: UnsafeMutableRawPointer

    /// Bytes. A larger file system is never filled, whatever the options say.
    private static let largest: Int64 = 1 << 30

    /// An empty ballast on the file system of `directory`. Throws `StageFailure` if that is too large to be filled.
    init(directory: String) throws {
        let size = try FileSystemSpace.read(directory: directory).total
        guard size <= Self.largest else {
            throw StageFailure.undecided(
                "the file system of \(directory) has \(size) bytes; only one of 1 GiB or less is filled")
        }
        self.directory = directory
        descriptor = cp_open_unnamed(directory)
        guard descriptor >= 0, let memory = cp_map_anonymous(Self.block, false) else {
            throw SystemCallError("create a file in \(directory)")
        }
        memset(memory, 0xBA, Self.block)
        bytes = memory
    }

    /// Takes all free space, down to the last block. Throws `SystemCallError`.
    func takeAll() throws(SystemCallError) {
        // Twice: pages written back may take less space than was set aside for them.
        for _ in 0..<2 {
            var length = Self.block
            while length > 0 {
                if write(descriptor, bytes, length) < 0 {
                    guard errno == ENOSPC else { throw SystemCallError("fill a file system") }
                    length /= 2
                }
            }
            fsync(descriptor)
        }
    }

    /// Bytes that an ordinary user could still take. Throws `SystemCallError`.
    func left() throws(SystemCallError) -> Int64 {
        try FileSystemSpace.read(directory: directory).available
    }

    /// The size of the ballast in bytes.
    var size: Int64 {
        var status = stat()
        fstat(descriptor, &status)
        return Int64(status.st_size)
    }

    /// Gives its last `bytes` back, or all if it has fewer. Other threads may read its size meanwhile.
    func giveBack(_ bytes: Int64) {
        let left = max(0, size - bytes)
        ftruncate(descriptor, off_t(left))
        lseek(descriptor, off_t(left), SEEK_SET)
    }

    /// Gives all of it back.
    func release() { close(descriptor) }
}
