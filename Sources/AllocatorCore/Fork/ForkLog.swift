import CLinux

/// VMMALLOC_FORK_LOG: one JSON line per fork, for programs that cannot be changed.
///
/// The parent writes the line with one write(2) to a file opened for appending, so the lines of several processes never mix.
/// Nothing allocates. If the program closes the descriptor, the log ends.
public struct ForkLog: ~Copyable {
    private let kept: KeptDescriptor

    /// Opens or creates the file at `path`. It is closed by exec. Throws what open(2) throws. At start, while the process has one
    /// thread.
    public init(path: UnsafePointer<CChar>) throws(SystemError) {
        kept = try KeptDescriptor(
            keeping: Linux.open(path, flags: O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode: 0o644))
    }

    /// Appends the line about one fork of this process. In resume, with the allocator's locks held; errors are ignored.
    func write(_ report: ForkReport) {
        var line = MessageLine()
        line.append("{\"pid\":")
        line.append(UInt64(truncatingIfNeeded: Int(Linux.processID)))
        line.append(",\"fork\":")
        line.append(report.number)
        line.append(",\"mode\":")
        line.append(UInt64(report.mode.rawValue))
        line.append(",\"action\":\"")
        line.append(report.action.name)
        line.append("\",\"error\":")
        line.append(UInt64(truncatingIfNeeded: Int(report.error)))
        line.append(",\"bytes_live\":")
        line.append(report.bytesLive)
        line.append(",\"bytes_copied\":")
        line.append(report.bytesCopied)
        line.append(",\"bytes_shared\":")
        line.append(report.bytesShared)
        line.append(",\"reserve_ns\":")
        line.append(report.phases.reserve)
        line.append(",\"prepare_ns\":")
        line.append(report.phases.prepare)
        line.append(",\"fork_ns\":")
        line.append(report.phases.fork)
        line.append(",\"resume_ns\":")
        line.append(report.phases.resume)
        line.append("}")
        kept.append(&line)
    }
}
