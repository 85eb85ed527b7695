import CLinux

/// pwrite(2) from the mapping. Works on every file system, and even if the program has closed the pool's descriptor.
enum MemoryCopy: CopyEngine {
    static let action = ForkReport.Action.memory

    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        try source.reserveBlocks(in: target.file)
    }

    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError) {
        let fd = try target.file.descriptor()
        try source.forEachRange { (offset, length) throws(SystemError) in
            let done = try Linux.write(source.base + offset, length: length, to: fd, offset: offset)
            target.bytesCopied &+= UInt64(truncatingIfNeeded: done)
            return done
        }
    }
}
