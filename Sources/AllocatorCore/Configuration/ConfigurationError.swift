/// Why the library cannot start, as the one line that it prints before abort(3).
///
/// Its pointers lead into the environment, which outlives it.
///
/// Scripts know the original library's wording, so it stands where the original had one; details follow it.
public enum ConfigurationError: Error, @unchecked Sendable {
    /// A variable that must be set is not.
    case notSpecified(StaticString)
    /// A variable's value is not one of those allowed: name, value, what would be right.
    case incorrect(StaticString, UnsafePointer<CChar>, StaticString)
    /// The pool would be smaller than VMMALLOC_MIN_POOL.
    case poolTooSmall(Int)
    /// A file that a variable names cannot be opened: name, value, cause.
    case cannotOpen(StaticString, UnsafePointer<CChar>, SystemError)
    /// The pool file could not be made: cause, directory.
    case poolCreationFailed(SystemError, UnsafePointer<CChar>)

    /// The message, without a newline.
    public var line: MessageLine {
        var line = MessageLine()
        line.append("Error (libvmmalloc): ")
        switch self {
        case .notSpecified(let name):
            line.append("environment variable ")
            line.append(name)
            line.append(" not specified")
        case .incorrect(let name, let value, let advice):
            line.append("incorrect ")
            line.append(name)
            line.append(" value (")
            line.append(cString: value)
            line.append("): ")
            line.append(advice)
        case .cannotOpen(let name, let path, let error):
            line.append("cannot open ")
            line.append(name)
            line.append(" (")
            line.append(cString: path)
            line.append("): ")
            line.append(cString: error.text)
        case .poolTooSmall(let size):
            line.append("VMMALLOC_POOL_SIZE value is less than minimum (")
            line.append(UInt64(truncatingIfNeeded: size))
            line.append(" < ")
            line.append(UInt64(truncatingIfNeeded: Configuration.minimumPoolSize))
            line.append(")")
        case .poolCreationFailed(let error, let directory):
            line.append("vmem pool creation failed: ")
            line.append(cString: error.text)
            line.append(" (VMMALLOC_POOL_DIR ")
            line.append(cString: directory)
            line.append(")")
        }
        return line
    }
}
