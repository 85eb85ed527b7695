import CLinux

/// A way to bring the pool's bytes into the child's file. Never allocates while it copies.
protocol CopyEngine {
    /// What the report calls it.
    static var action: ForkReport.Action { get }

    /// In reserve: takes what the copy will need, the blocks of the file system above all, so that only an I/O error
    /// can end it. Throws EOPNOTSUPP where this engine does not work here.
    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError)

    /// Copies the extents in use to `target`, and counts there what it has done. In prepare, or in the child.
    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError)
}
