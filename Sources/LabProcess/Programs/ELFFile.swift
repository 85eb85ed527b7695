import Glibc
import LabBase

/// Recognises programs and libraries. Source: elf(5).
enum ELFFile {
    /// The first bytes of every ELF file.
    static let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]

    /// Whether `path` leads to an ELF file.
    static func exists(_ path: String) -> Bool {
        guard FileType.of(path) == S_IFREG else { return false }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var first = [UInt8](repeating: 0, count: magic.count)
        return read(descriptor, &first, first.count) == first.count && first == magic
    }
}
