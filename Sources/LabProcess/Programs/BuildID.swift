import Glibc

/// The GNU build id of an ELF file: names the build that was measured.
package enum BuildID {
    /// The build id in hexadecimal; nil if the file has none or is not an ELF file.
    package static func read(path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0,
            let memory = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
            memory != UnsafeMutableRawPointer(bitPattern: -1)
        else { return nil }
        defer { munmap(memory, Int(status.st_size)) }
        return find(UnsafeRawBufferPointer(start: memory, count: Int(status.st_size)))
    }

    /// Searches the notes for the owner "GNU" with type 3 (NT_GNU_BUILD_ID).
    private static func find(_ file: UnsafeRawBufferPointer) -> String? {
        let header: [UInt8] = [4, 0, 0, 0]
        let mark: [UInt8] = [3, 0, 0, 0, 0x47, 0x4E, 0x55, 0]
        // The notes stand near the front, after the program headers.
        let limit = min(file.count, 1 << 16) - 16
        guard file.count > 64, file.prefix(4).elementsEqual(ELFFile.magic) else { return nil }
        for offset in stride(from: 0, to: max(0, limit), by: 4)
        where file[offset..<offset + 4].elementsEqual(header)
            && file[offset + 8..<offset + 16].elementsEqual(mark)
        {
            let length = Int(file[offset + 4])
            return file[offset + 16..<min(file.count, offset + 16 + length)].map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
        return nil
    }
}
