import Glibc
import LabBase
import SystemPackage

/// One line of /proc/PID/maps.
public struct MemoryMapping: Equatable, Sendable {
    /// First address.
    public let start: UInt
    /// First address after it.
    public let end: UInt
    /// MAP_SHARED: writes reach the file and every other process that maps it.
    public let isShared: Bool
    /// PROT_WRITE.
    public let isWritable: Bool
    /// Device of the file as the kernel prints it, "fd:01"; "00:00" without one.
    public let device: String
    /// Inode of the file; 0 without one.
    public let inode: UInt64
    /// Path of the file, followed by " (deleted)" if it no longer has a name; empty for anonymous memory.
    public let path: String

    /// Parses one line of a maps file; nil if it is not one.
    public init?(line: Substring) {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count >= 5, fields[1].count == 4, let inode = UInt64(fields[4]) else { return nil }
        let ends = fields[0].split(separator: "-")
        guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16)
        else { return nil }
        self.start = start
        self.end = end
        isShared = fields[1].last == "s"
        isWritable = fields[1].dropFirst().first == "w"
        device = String(fields[3])
        self.inode = inode
        path = fields.count == 6 ? String(fields[5].drop { $0 == " " }) : ""
    }

    /// Parses the text of a maps file, in the order of the addresses.
    public static func parse(_ maps: String) -> [MemoryMapping] {
        maps.split(separator: "\n").compactMap(MemoryMapping.init(line:))
    }

    /// Reads /proc/PID/maps of `process`. Throws `SystemCallError`.
    public static func read(process: Int32) throws(SystemCallError) -> [MemoryMapping] {
        parse(try TextFile.read("/proc/\(process)/maps"))
    }
}

/// The kind of memory at an address of the heap: it proves that a heap lies in the pool, and shows what fork
/// did to it.
public struct HeapPlacement: Codable, Equatable, Sendable {
    /// The kind of memory.
    public enum Kind: String, Codable, Sendable {
        /// No file: an ordinary heap.
        case anonymous
        /// A shared mapping of a file.
        case shared
        /// A private mapping of a file: written pages become copies in RAM.
        case `private`
    }

    /// The kind of memory at the address.
    public var kind: Kind
    /// Device of the file as the kernel prints it; "00:00" for anonymous memory.
    public var device: String
    /// Inode of the file; 0 for anonymous memory.
    public var inode: UInt64
    /// Path of the file, with " (deleted)"; empty or a kernel name such as "[heap]" for anonymous memory.
    public var path: String

    /// The placement of an address in `mapping`.
    public init(_ mapping: MemoryMapping) {
        kind = mapping.inode == 0 ? .anonymous : mapping.isShared ? .shared : .private
        device = mapping.device
        inode = mapping.inode
        path = mapping.path
    }

    /// The placement of `address` among `mappings` (sorted by address, as the kernel lists them); nil if it is not mapped.
    public init?(of address: UInt, in mappings: [MemoryMapping]) {
        var low = 0
        var high = mappings.count
        while low < high {
            let middle = (low + high) / 2
            if mappings[middle].end <= address { low = middle + 1 } else { high = middle }
        }
        guard low < mappings.count, mappings[low].start <= address else { return nil }
        self.init(mappings[low])
    }

    /// The present placement of `address` in `process`; nil if it is not mapped. Throws `SystemCallError`.
    public init?(of address: UnsafeRawPointer, process: Int32 = getpid()) throws(SystemCallError) {
        self.init(of: UInt(bitPattern: address), in: try MemoryMapping.read(process: process))
    }

    /// Whether the memory belongs to an unlinked file in `poolDirectory`, and so to a pool.
    ///
    /// The path is compared, not the device: btrfs shows a different device here than stat(2) does. Pass the
    /// directory's real path, links resolved.
    public func isPool(in poolDirectory: String) -> Bool {
        kind != .anonymous && path.hasSuffix(" (deleted)")
            && FilePath(path).starts(with: FilePath(poolDirectory))
    }

    /// Whether both lie in the same file.
    public func isSameFile(as other: HeapPlacement) -> Bool {
        inode != 0 && inode == other.inode && device == other.device
    }
}
