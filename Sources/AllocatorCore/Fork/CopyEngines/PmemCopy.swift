import CLinux

/// libpmem's non-temporal stores into the child's file, on a DAX file system. There is no page cache to pass through, and the
/// stores leave the processor's caches to the parent. Source: pmem_memcpy(3).
enum PmemCopy: CopyEngine {
    static let action = ForkReport.Action.pmem

    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        try source.reserveBlocks(in: target.file)
        target.persistent = try PersistentMemory.load().map(
            target.file.descriptor(), length: source.size)
    }

    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError) {
        guard target.persistent != nil else { throw SystemError(EOPNOTSUPP) }
        try source.forEachRange { (offset, length) in
            target.persistent?.store(source.base + offset, length: length, at: offset)
            target.bytesCopied &+= UInt64(truncatingIfNeeded: length)
            return length
        }
    }
}
