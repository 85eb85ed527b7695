import CLinux

/// Whether two files of the pool's directory can share blocks.
extension Pool {
    /// The pool's descriptor, if files share blocks here: asked once, by sharing the first page with `copy`. Throws
    /// EOPNOTSUPP where they do not, or where the program has closed the descriptor.
    mutating func sourceOfReflink(to copy: PoolFile) throws(SystemError) -> CInt {
        guard let source = file.verified, canReflink != false else { throw SystemError(EOPNOTSUPP) }
        if canReflink == nil {
            do throws(SystemError) {
                try Linux.reflinkRange(from: source, to: copy.descriptor(), offset: 0, length: Linux.pageSize)
                canReflink = true
            } catch {
                guard error.isMissingCapability else { throw error }
                canReflink = false
                throw SystemError(EOPNOTSUPP)
            }
        }
        return source
    }
}
