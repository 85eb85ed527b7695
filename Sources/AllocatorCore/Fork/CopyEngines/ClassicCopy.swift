import CLinux

/// The straightforward way, which the original library took: reserves all of the target and writes all of the pool, in use or
/// not. Never chosen; kept for measurements to compare with.
enum ClassicCopy: CopyEngine {
    static let action = ForkReport.Action.classic

    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        try Linux.allocate(target.file.descriptor(), offset: 0, length: source.size)
    }

    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError) {
        let fd = try target.file.descriptor()
        try source.withAllReadable { () throws(SystemError) in
            var offset = 0
            while offset < source.size {
                offset &+= try Linux.write(
                    source.base + offset, length: source.size &- offset, to: fd, offset: offset)
            }
        }
        target.bytesCopied = UInt64(truncatingIfNeeded: source.size)
    }
}

extension CopySource {
    /// Runs `body` with all of the pool readable, even beyond the high-water mark. The pool's lock must be held, so that nobody
    /// raises the mark meanwhile. Throws what `body` throws, and ENOMEM.
    func withAllReadable(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        let rest = size &- highWaterMark
        guard rest > 0 else { return try body() }
        try Linux.protect(base + highWaterMark, length: rest, PROT_READ)
        defer { try? Linux.protect(base + highWaterMark, length: rest, PROT_NONE) }
        try body()
    }
}
