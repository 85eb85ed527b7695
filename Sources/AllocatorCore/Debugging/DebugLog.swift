import CLinux

/// The debug build's log: VMMALLOC_LOG_FILE, or standard error.
///
/// Each line is one write(2) to a descriptor that appends, so the lines of several threads and processes never mix.
/// Nothing allocates or changes errno. May be called from any thread, with any lock held, and from a signal handler.
public struct DebugLog: ~Copyable {
    /// The log of this process. Set at start, and in a child by the fork's handler, while there is one thread.
    public nonisolated(unsafe) static var current = DebugLog(level: .none)

    /// How much is logged.
    public var level: LogLevel
    /// The log file; nil for standard error.
    private var file: KeptDescriptor?
    /// Whether nothing is logged except failed assertions.
    private var isNowhere = false
    /// The process that opened `file`.
    private var owner: pid_t = 0
    /// The path of each process's own file, absolute and without the process's number; nil if all share one file.
    private var pathOfEach: MessageLine?

    private init(level: LogLevel) { self.level = level }

    /// The log of a process whose file cannot be opened.
    public static var nowhere: DebugLog {
        var log = DebugLog(level: .none)
        log.isNowhere = true
        return log
    }

    /// Opens or creates the file at `path`; a name that ends in "-" gets the process's number. Without a path the log is standard
    /// error. Nothing is logged until `level` is set. Throws what open(2) throws, and ENAMETOOLONG.
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

    /// In a child: opens its own file, if each process has one. If that fails, the child goes on with its parent's.
    public mutating func continueInChild() {
        guard pathOfEach != nil else { return }
        do throws(SystemError) {
            file = try Self.openFileOfThisProcess(pathOfEach)
            owner = Linux.processID
        } catch {
            note(.errors, "no log file of its own: \(error)")
        }
    }

    /// Appends a line of the statistics, without a level or a place.
    public func write(label: StaticString, _ message: MessageLine) {
        var line: MessageLine = "<libvmmalloc>: <\(label)> pid \(Linux.processID): "
        line.append(line: message)
        write(&line)
    }

    /// Appends a line if its level is enabled. Outside the debug build it compiles to nothing.
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

    /// Logs an error that the user also sees on standard error, at any level, if the log is a file. Does nothing without the
    /// debug build.
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

    /// Not inlined: each line would take a KiB of the caller's stack, written or not.
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

    /// Appends a line, regardless of its level.
    func write(_ level: LogLevel, _ message: MessageLine, _ place: SourcePlace) {
        var line = compose(level, message, place)
        write(&line)
    }

    /// Appends a line about a failed assertion, writes it to standard error as well, and aborts.
    @inline(never)
    func fail(_ message: () -> MessageLine, _ place: SourcePlace) -> Never {
        var text: MessageLine = "assertion failed: "
        text.append(line: message())
        var line = compose(.errors, text, place)
        if file != nil { write(&line) }
        line.write(to: STDERR_FILENO)
        abortProcess()
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
        // If the program has closed or reused the descriptor, the log ends.
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

    /// Children may run in another directory, and the environment may have been overwritten by then. Throws what getcwd(2)
    /// throws, and ENAMETOOLONG.
    private static func absolute(_ path: UnsafePointer<CChar>) throws(SystemError) -> MessageLine {
        var whole = MessageLine()
        let slash = CChar(truncatingIfNeeded: UInt8(ascii: "/"))
        if path[0] != slash {
            var directory = InlineArray<1024, CChar>(repeating: 0)
            try withUnsafeMutablePointer(to: &directory) { (memory) throws(SystemError) in
                let text = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: CChar.self)
                try Linux.workingDirectory(text, capacity: MemoryLayout.size(ofValue: memory.pointee))
                // Outside of the process's root.
                guard text[0] == slash else { throw SystemError(ENOENT) }
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

/// Where in the source a line of the log comes from.
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
        // #fileID is Module/File.swift, and no file name contains a slash.
        let slash = memrchr(file.utf8Start, CInt(UInt8(ascii: "/")), file.utf8CodeUnitCount)
        let name =
            slash.map { $0.assumingMemoryBound(to: CChar.self) + 1 }
            ?? UnsafeMutablePointer(mutating: file.cString)
        text.append(line: "[\(cString: name):\(line) \(function)]")
    }
}
