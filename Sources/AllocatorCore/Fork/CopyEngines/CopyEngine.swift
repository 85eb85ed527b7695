import CLinux

/// A way of getting the pool's bytes into the child's file.
///
/// An engine sees neither the pool nor another engine. It must not allocate, except in `reserve` if the caller says so.
protocol CopyEngine {
    /// Its name in the report.
    static var action: ForkReport.Action { get }

    /// In reserve: takes what the copy will need, above all the file system's blocks, so that only an I/O error can stop the copy.
    /// Other threads allocate meanwhile. Throws EOPNOTSUPP if the engine does not work here, ENOSPC or EDQUOT if there is no
    /// room, EIO.
    static func reserve(_ source: CopySource, _ target: inout CopyTarget) throws(SystemError)

    /// Copies the extents in use to `target` and counts the bytes there. In prepare, or in the child. Throws EIO, and ENOSPC or
    /// EDQUOT if there was nothing to reserve; part of the copy is made then.
    static func copy(_ source: CopySource, to target: inout CopyTarget) throws(SystemError)
}
