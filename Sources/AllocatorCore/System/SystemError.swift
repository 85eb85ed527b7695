import CLinux

/// Why a system call failed: an errno value, as a typed error that needs no allocation.
public struct SystemError: Error, Equatable {
    /// The errno value, positive.
    public let code: CInt

    /// An error with this errno value.
    public init(_ code: CInt) { self.code = code }

    /// The calling thread's errno. Async-signal-safe.
    public static var last: SystemError { SystemError(linux_errno()) }

    /// Whether the call does not work here at all, as opposed to not now. Kernels, file systems and seccomp filters have
    /// different codes for that.
    var isMissingCapability: Bool {
        switch code {
        case EOPNOTSUPP, ENOTTY, EINVAL, EXDEV, ENOSYS, EPERM: true
        default: false
        }
    }

    /// The text of strerror(3), but without lock, buffer or translation: a static, NUL-terminated string. Any thread;
    /// async-signal-safe.
    public var text: UnsafePointer<CChar> {
        strerrordesc_np(code) ?? ("unknown error" as StaticString).cString
    }
}
