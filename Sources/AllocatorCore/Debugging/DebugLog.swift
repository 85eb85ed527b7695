import CLinux

/// Where the debug build writes what it does: VMMALLOC_LOG_FILE, or standard error.
///
/// A line is one write(2) to a descriptor that appends, so the lines of several threads and processes never mix.
/// Nothing allocates, and errno stays as it was. May be called from any thread, with any lock held, and from a
/// signal handler.
public struct DebugLog: ~Copyable {
    /// The log of this process. Set at start, and in a child by the fork's handler, on its only thread.
    public nonisolated(unsafe) static var current = DebugLog(level: .none)

    /// What is written down.
    public var level: LogLevel
    /// Nil: standard error.
    private var file: KeptDescriptor?
    /// Whether nothing is written anywhere, failed assertions apart.
    private var isNowhere = false
    /// The process that `file` was opened for.
    private var owner: pid_t = 0
    /// Where a child opens a file of its own; nil where all share one. Absolute, the process's number left out.
    private var pathOfEach: MessageLine?

    private init(level: LogLevel) { self.level = level }

    /// The log of a process whose file cannot be opened.
    public static var nowhere: DebugLog {
        var log = DebugLog(level: .none)
        log.isNowhere = true
        return log
    }

    /// Opens or creates the file at `path`, or takes standard error where there is none, with nothing to be written down yet. A
    /// name with "-" at its end gets the process's number.
    public static func open(_ path: UnsafePointer<CChar>?) throws(SystemError) -> DebugLog {
        var log = DebugLog(level: .none)
        guard let path, path[0] != 0 else { return log }
        let length = strlen(path)
        if path[length &- 1] == CChar(truncatingIfNeeded: UInt8(ascii: "-")) {
            log.pathOfEach = try absolute(path)
            log.file = try openFileOfThisProcess(log.pathOfEach)
        } else {
            log.file = try openFile(path)
        }
        log.owner = Linux.processID
        return log
    }

    /// In a child: a file of its own, if each process has one. Where that cannot be had, the parent's goes on.
    public mutating func continueInChild() {
        guard pathOfEach != nil else { return }
        do throws(SystemError) {
            file = try Self.openFileOfThisProcess(pathOfEach)
            owner = Linux.processID
        } catch {
            note(.errors, "no log file of its own: \(error)")
        }
    }

    /// Appends a line without a level and a place: a line of the statistics.
    public func write(label: StaticString, _ message: MessageLine) {
        var line: MessageLine = "<libvmmalloc>: <\(label)> pid \(Linux.processID): "
        line.append(line: message)
        write(&line)
    }

    /// Appends a line, if its level is asked for. Without the debug build it is nothing at all.
    @inline(__always)
    public static func note(
        _ level: LogLevel, _ message: @autoclosure () -> MessageLine, file: StaticString = #fileID,
        line: Int = #line, function: StaticString = #function
    ) {
        #if VMMALLOC_DEBUG
            guard level.rawValue <= current.level.rawValue else { return }
            compose(level, message, SourcePlace(file: file, line: line, function: function))
        #endif
    }

    /// Appends an error that the user is told on standard error, whatever the level, if the log is elsewhere. Without the debug
    /// build it is nothing at all.
    @inline(__always)
    public static func record(
        _ error: @autoclosure () -> MessageLine, file: StaticString = #fileID, line: Int = #line,
        function: StaticString = #function
    ) {
        #if VMMALLOC_DEBUG
            guard current.file != nil else { return }
            compose(.errors, error, SourcePlace(file: file, line: line, function: function))
        #endif
    }

    /// Not in its caller's frame, where each line would take a KiB of stack even if none is written.
    @inline(never)
    private static func compose(_ level: LogLevel, _ message: () -> MessageLine, _ place: SourcePlace) {
        current.write(level, message(), place)
    }

    private func note(
        _ level: LogLevel, _ message: MessageLine, file: StaticString = #fileID, line: Int = #line,
        function: StaticString = #function
    ) {
        guard level.rawValue <= self.level.rawValue else { return }
        write(level, message, SourcePlace(file: file, line: line, function: function))
    }

    /// Appends a line, whatever its level.
    func write(_ level: LogLevel, _ message: MessageLine, _ place: SourcePlace) {
        var line = compose(level, message, place)
        write(&line)
    }

    /// Appends a line about an assertion that failed, shows it on standard error in any case, and aborts.
    @inline(never)
    func fail(_ message: () -> MessageLine, _ place: SourcePlace) -> Never {
        var text: MessageLine = "assertion failed: "
        text.append(line: message())
        var line = compose(.errors, text, place)
        if file != nil { write(&line) }
        line.write(to: STDERR_FILENO)
        Linux.abort()
    }

    private func compose(_ level: LogLevel, _ message: MessageLine, _ place: SourcePlace) -> MessageLine {
        var line: MessageLine = "<libvmmalloc>: <\(CInt(level.rawValue))> "
        place.append(to: &line)
        line.append(line: " pid \(Linux.processID) tid \(Linux.threadID): ")
        line.append(line: message)
        return line
    }

    private func write(_ line: inout MessageLine) {
        guard !isNowhere else { return }
        let error = linux_errno()
        // A descriptor that the program has closed or reused ends the log.
        if file == nil { line.write(to: STDERR_FILENO) } else { file?.append(&line) }
        linux_set_errno(error)
    }

    // MARK: Files

    private static func openFile(_ path: UnsafePointer<CChar>) throws(SystemError) -> KeptDescriptor {
        try KeptDescriptor(
            keeping: Linux.open(path, flags: O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode: 0o644))
    }

    private static func openFileOfThisProcess(_ path: MessageLine?) throws(SystemError) -> KeptDescriptor {
        guard var path else { throw SystemError(EINVAL) }
        path.append(line: "\(Linux.processID)")
        return try path.withCString { (path) throws(SystemError) in try openFile(path) }
    }

    /// Children may run in another directory, and the environment may be overwritten by then.
    private static func absolute(_ path: UnsafePointer<CChar>) throws(SystemError) -> MessageLine {
        var whole = MessageLine()
        if path[0] != CChar(truncatingIfNeeded: UInt8(ascii: "/")) {
            var directory = InlineArray<1024, CChar>(repeating: 0)
            try withUnsafeMutablePointer(to: &directory) { (memory) throws(SystemError) in
                let text = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: CChar.self)
                try Linux.workingDirectory(text, capacity: MemoryLayout.size(ofValue: memory.pointee))
                whole.append(cString: text)
            }
            whole.append("/")
        }
        whole.append(cString: path)
        // Room for the number.
        guard whole.length < 1000 else { throw SystemError(ENAMETOOLONG) }
        return whole
    }
}

/// The place in the source that a line of the log comes from.
public struct SourcePlace {
    private let file: StaticString
    private let line: Int
    private let function: StaticString

    init(file: StaticString, line: Int, function: StaticString) {
        self.file = file
        self.line = line
        self.function = function
    }

    /// "[File.swift:12 function]".
    func append(to text: inout MessageLine) {
        // #fileID is Module/File.swift, and no file name holds a slash.
        let slash = memrchr(file.utf8Start, CInt(UInt8(ascii: "/")), file.utf8CodeUnitCount)
        let name =
            slash.map { $0.assumingMemoryBound(to: CChar.self) + 1 }
            ?? UnsafeMutablePointer(mutating: file.cString)
        text.append(line: "[\(cString: name):\(line) \(function)]")
    }
}
