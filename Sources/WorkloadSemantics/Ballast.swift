import CProcess
import Glibc
import LabBase
import Measurement

/// A nameless file of somebody else's that takes the space of a file system.
struct Ballast: @unchecked Sendable {
    private let directory: String
    private let descriptor: Int32
    private static let block = 1 << 20
    private let bytes: UnsafeMutableRawPointer

    /// Bytes. Larger file systems are nobody's to fill, whatever was said of them.
    private static let largest: Int64 = 1 << 30

    /// An empty one on the file system of `directory`. Throws `StageFailure` if that is too large to be filled.
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

    /// Takes all that is free, down to the last block.
    func takeAll() throws(SystemCallError) {
        // Twice: what is written back may take less than was set aside for it.
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

    /// What an ordinary user could still take, bytes.
    func left() throws(SystemCallError) -> Int64 {
        try FileSystemSpace.read(directory: directory).available
    }

    /// How many bytes it has.
    var size: Int64 {
        var status = stat()
        fstat(descriptor, &status)
        return Int64(status.st_size)
    }

    /// Gives its last `bytes` back, or all if it has fewer. Others may look at its size meanwhile.
    func giveBack(_ bytes: Int64) {
        let left = max(0, size - bytes)
        ftruncate(descriptor, off_t(left))
        lseek(descriptor, off_t(left), SEEK_SET)
    }

    /// Gives all of it back.
    func release() { close(descriptor) }
}
