import CLinux

/// copy_file_range(2): the kernel copies the ranges in use without a detour through this process. XFS and btrfs reflink them
/// instead, and the report says that they are shared.
enum CopyFileRange: CopyEngine {
    static let action = ForkReport.Action.copyFileRange

    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError) {
        _ = try? target.descriptorToShareBlocks(of: source)
        guard let fd = source.file.verified else { throw SystemError(EOPNOTSUPP) }
        try checkCall(from: fd, to: target.file.descriptor())
        if target.canReflink == true {
            // It would share blocks, which breaks the strict promise.
            guard !target.policy.isStrict else { throw SystemError(EOPNOTSUPP) }
            try source.checkRoom(beside: target.file)
        } else {
            try source.reserveBlocks(in: target.file)
        }
    }

    /// Whether the call works at all: in prepare it would be too late for another engine.
    private static func checkCall(from source: CInt, to target: CInt) throws(SystemError) {
        do throws(SystemError) {
            _ = try Linux.copyRange(from: source, to: target, offset: 0, length: 0)
        } catch {
            throw error.isMissingCapability ? SystemError(EOPNOTSUPP) : error
        }
    }

    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError) {
        let from = try source.file.descriptor()
        let to = try target.file.descriptor()
        let shares = source.canReflink == true
        try source.forEachRange { (offset, length) throws(SystemError) in
            let done = try Linux.copyRange(from: from, to: to, offset: offset, length: length)
            let bytes = UInt64(truncatingIfNeeded: done)
            if shares { target.bytesShared &+= bytes } else { target.bytesCopied &+= bytes }
            return done
        }
    }
}
