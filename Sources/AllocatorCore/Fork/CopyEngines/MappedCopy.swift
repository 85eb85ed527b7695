import CLinux

/// Stores to a mapping of the child's file, for a process that cannot have the file open.
enum MappedCopy: CopyEngine {
    static let action = ForkReport.Action.memory

    /// `UnopenedFile` has reserved the blocks already.
    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        guard target.unopened != nil else { throw SystemError(EOPNOTSUPP) }
    }

    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError) {
        guard target.unopened != nil else { throw SystemError(EOPNOTSUPP) }
        try source.forEachRange { (offset, length) throws(SystemError) in
            try target.unopened?.store(source.base + offset, length: length, at: offset)
            target.bytesCopied &+= UInt64(truncatingIfNeeded: length)
            return length
        }
        target.unopened?.leaveToChild()
    }
}
