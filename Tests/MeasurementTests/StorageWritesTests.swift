import Glibc
import Testing

@testable import LabBase
@testable import Measurement

@Suite("Bytes written to storage") struct StorageWritesTests {
    private static let directory = "/tmp"
    private static let length = 4 << 20

    @Test("The kernel's values for a process, and zero for any that are missing")
    func process() {
        var writes = ProcessWrites(
            io: """
                rchar: 323934931
                wchar: 323929600
                write_bytes: 323932160
                cancelled_write_bytes: 4096

                """)
        #expect(writes.bytes == 323_932_160 && writes.cancelled == 4096)
        writes.add(ProcessWrites(io: "write_bytes: 40\n"))
        #expect(writes.bytes == 323_932_200 && writes.cancelled == 4096)
        #expect(ProcessWrites(io: "") == ProcessWrites())
    }

    @Test("A file system without a device has none")
    func noDevice() {
        #expect(BlockDevice(holding: "/proc") == nil)
        #expect(BlockDevice(holding: "/nowhere") == nil)
    }

    @Test(
        "What is synced has reached the device, and the process is charged with it",
        .enabled(if: BlockDevice(holding: directory) != nil, "/tmp lies on no block device"))
    func synced() throws {
        let device = try #require(BlockDevice(holding: Self.directory))
        var name = Array("\(Self.directory)/forklab-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        try #require(file >= 0 && unlink(name) == 0)
        defer { close(file) }
        let device0 = try #require(device.bytesWritten)
        let process0 = try ProcessWrites.read(process: getpid()).bytes
        // Random, since a file system may compress.
        var random = SeededGenerator(seed: 1)
        let words = (0..<Self.length / 8).map { _ in random.next() }
        try #require(words.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == Self.length)
        try #require(fsync(file) == 0)
        #expect(try #require(device.bytesWritten) - device0 >= Int64(Self.length))
        #expect(try ProcessWrites.read(process: getpid()).bytes - process0 >= Int64(Self.length))
    }
}
