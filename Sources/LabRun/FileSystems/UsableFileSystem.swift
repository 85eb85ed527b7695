import CPMem
import CProcess
import Glibc
import LabBase
import Measurement

/// A file system on which pools can be here, and its capabilities.
package struct UsableFileSystem: Codable, Equatable, Sendable {
    /// The value of `file_system` in cells.
    package let name: String
    /// The directory for the pools, links resolved.
    package let directory: String
    /// Its type: "xfs".
    package let type: String
    /// Its mount options.
    package let mountOptions: String
    /// Whether two files can share blocks (FICLONE), determined by trying.
    package let reflink: Bool
    /// Whether mappings reach persistent memory directly, according to libpmem.
    package let dax: Bool
    /// Bytes free for this user when the run began.
    package let available: Int64

    /// Finds out what the file system of `directory` can do. Throws `SystemCallError` if pools cannot be there.
    init(name: String, directory: String, mounts: [Mount]) throws(SystemCallError) {
        let mount = Mount.containing(directory, in: mounts)
        self.name = name
        self.directory = directory
        type = mount?.type ?? "unknown"
        mountOptions = mount?.options ?? ""
        reflink = try Self.canClone(directory)
        dax = Self.isPersistentMemory(directory)
        available = try FileSystemSpace.read(directory: directory).available
    }

    /// "tmpfs: tmpfs at /dev/shm (rw), no reflink, no DAX, 24.0 GiB free".
    package var description: String {
        "\(name): \(type) at \(directory) (\(mountOptions)), \(reflink ? "reflink" : "no reflink"), "
            + "\(dax ? "DAX" : "no DAX"), \(Quantity.bytes(Double(available))) free"
    }

    /// The kinds of copy that cannot work here.
    package var impossibleActions: [ForkAccount.Action] {
        (reflink ? [] : [.reflink]) + (dax ? [] : [.pmem])
    }

    private static func canClone(_ directory: String) throws(SystemCallError) -> Bool {
        let source = cp_open_unnamed(directory)
        guard source >= 0 else { throw SystemCallError("create an unnamed file in \(directory)") }
        defer { close(source) }
        let target = cp_open_unnamed(directory)
        guard target >= 0 else { throw SystemCallError("create an unnamed file in \(directory)") }
        defer { close(target) }
        let block = [UInt8](repeating: 1, count: 4096)
        guard write(source, block, block.count) == block.count else {
            throw SystemCallError("write to \(directory)")
        }
        return cp_clone_file(source, target) == 0
    }

    /// Does not use PMEM_FILE_TMPFILE: that changes the umask of the whole process for a moment, and with two threads at once for good.
    private static func isPersistentMemory(_ directory: String) -> Bool {
        let size = 2 << 20
        let file = cp_open_unnamed(directory)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard ftruncate(file, off_t(size)) == 0 else { return false }
        var length = 0
        var isPersistent: Int32 = 0
        guard let memory = pmem_map_file("/proc/self/fd/\(file)", 0, 0, 0, &length, &isPersistent) else {
            return false
        }
        pmem_unmap(memory, length)
        return isPersistent != 0
    }
}
