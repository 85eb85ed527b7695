import CLinux

/// The warning about a log that cannot be opened. The program goes on without it: programs change their user, and those that
/// they start then inherit the name of a log that belongs to somebody else.
public struct UnopenedLog {
    /// The environment variable that names the log.
    let variable: StaticString
    /// Its value.
    let path: UnsafePointer<CChar>
    /// Why it cannot be opened.
    let error: SystemError

    /// See the properties.
    public init(variable: StaticString, path: UnsafePointer<CChar>, error: SystemError) {
        self.variable = variable
        self.path = path
        self.error = error
    }

    private var line: MessageLine {
        "Warning (libvmmalloc): cannot open \(variable) (\(cString: path)): \(error); continuing without it"
    }

    /// Writes the warning to standard error, as one line.
    public func warn() {
        DebugLog.record(line)
        var line = line
        line.write(to: STDERR_FILENO)
    }
}
