import CLinux

/// VMMALLOC_FORK_LOG: one JSON line per fork, for programs that cannot be changed.
///
/// The parent writes the line with one write(2) to a file opened for appending, so the lines of several processes never mix. A child
/// that makes its copy itself adds its own line about that, which names both processes.
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
        var line: MessageLine = "{\"pid\":\(Linux.processID),\"fork\":\(report.number)"
        Self.appendOutcome(report, to: &line)
        Self.append(",\"reserve_ns\":", report.phases.reserve, to: &line)
        Self.append(",\"prepare_ns\":", report.phases.prepare, to: &line)
        Self.append(",\"fork_ns\":", report.phases.fork, to: &line)
        Self.append(",\"resume_ns\":", report.phases.resume, to: &line)
        Self.appendRest(report.bytesToFold, report.foldObstacle, to: &line)
        kept.append(&line)
    }

    /// Appends the line about the copy that this process, a child, has made for itself.
    func writeInChild(_ report: ForkReport) {
        var line: MessageLine =
            "{\"child\":\(Linux.processID),\"parent\":\(report.forker),\"fork\":\(report.number)"
        Self.appendOutcome(report, to: &line)
        Self.append(",\"copy_ns\":", report.phases.copy, to: &line)
        Self.append(",\"resume_ns\":", report.phases.resume, to: &line)
        line.append("}")
        kept.append(&line)
    }

    /// Appends a line about all folds of this process so far: after each complete one, and where one that was asked for met an
    /// `obstacle`, because of which `rest` bytes wait.
    func write(_ folds: FoldTally, rest: Int, _ obstacle: FoldObstacle?) {
        var line: MessageLine =
            """
            {"pid":\(Linux.processID),"folds":\(folds.folds),"bytes":\(folds.bytes),\
            "fold_ns":\(folds.nanoseconds),"longest_ns":\(folds.longestRun)
            """
        Self.appendRest(UInt64(truncatingIfNeeded: rest), obstacle, to: &line)
        kept.append(&line)
    }

    /// Ends the line.
    private static func appendRest(_ bytes: UInt64, _ obstacle: FoldObstacle?, to line: inout MessageLine) {
        append(",\"bytes_to_fold\":", bytes, to: &line)
        line.append(",\"fold_obstacle\":\"")
        line.append(obstacle?.name ?? "none")
        line.append("\"}")
    }

    private static func appendOutcome(_ report: ForkReport, to line: inout MessageLine) {
        append(",\"mode\":", UInt64(report.mode.rawValue), to: &line)
        line.append(",\"copier\":\"")
        line.append(report.copier.name)
        line.append("\",\"action\":\"")
        line.append(report.action.name)
        append("\",\"error\":", UInt64(truncatingIfNeeded: Int(report.error)), to: &line)
        append(",\"bytes_live\":", report.bytesLive, to: &line)
        append(",\"bytes_copied\":", report.bytesCopied, to: &line)
        append(",\"bytes_shared\":", report.bytesShared, to: &line)
    }

    private static func append(_ key: StaticString, _ value: UInt64, to line: inout MessageLine) {
        line.append(key)
        line.append(value)
    }
}
