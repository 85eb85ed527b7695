/// Why the library cannot start: the one line that it prints before abort(3).
///
/// Its pointers lead into the environment, which outlives it.
///
/// Scripts know the original library's wording. So a message begins with that, if there is one, and details follow.
public enum ConfigurationError: Error, @unchecked Sendable {
    /// A required variable is not set.
    case notSpecified(StaticString)
    /// A required variable is ignored, since the program has more rights than its caller.
    case ignored(StaticString)
    /// A variable's value is not allowed: name, value, and what to use instead.
    case incorrect(StaticString, UnsafePointer<CChar>, StaticString)
    /// The pool would be smaller than VMMALLOC_MIN_POOL.
    case poolTooSmall(Int)
    /// The pool file could not be made: error, directory, and what the directory's file system lacks, if known.
    case poolCreationFailed(SystemError, UnsafePointer<CChar>, PoolObstacle?)
    /// Something called malloc while the pool was being made.
    case reentered

    /// The message, without a newline.
    public var line: MessageLine {
        var line: MessageLine = "Error (libvmmalloc): "
        line.append(line: text)
        return line
    }

    private var text: MessageLine {
        switch self {
        case .notSpecified(let name):
            "environment variable \(name) not specified"
        case .ignored(let name):
            """
            environment variable \(name) not specified: in a program with set-user-ID, set-group-ID or \
            capabilities the variables are ignored
            """
        case .incorrect(let name, let value, let advice):
            "incorrect \(name) value (\(cString: value)): \(advice)"
        case .poolTooSmall(let size):
            "VMMALLOC_POOL_SIZE value is less than minimum (\(size) < \(Configuration.minimumPoolSize))"
        case .poolCreationFailed(let error, let directory, nil):
            "vmem pool creation failed: \(error) (VMMALLOC_POOL_DIR \(cString: directory))"
        case .poolCreationFailed(let error, let directory, let obstacle?):
            "vmem pool creation failed: \(error) (VMMALLOC_POOL_DIR \(cString: directory)): \(obstacle.advice)"
        case .reentered:
            "malloc was called while the memory pool was being made: is a library preloaded that hooks libc?"
        }
    }
}
