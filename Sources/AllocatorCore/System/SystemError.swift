import CLinux

/// Why a system call failed: its errno, as a typed error that costs no allocation.
public struct SystemError: Error, Equatable {
    /// The errno value, positive.
    public let code: CInt

    /// An error with an errno value that the caller already holds.
    public init(_ code: CInt) { self.code = code }

    /// The errno that the calling thread's last failed call left. Async-signal-safe.
    public static var last: SystemError { SystemError(linux_errno()) }

    /// What kernels, file systems and seccomp filters say where a call does not work at all, as opposed to not now.
    var isMissingCapability: Bool {
        switch code {
        case EOPNOTSUPP, ENOTTY, EINVAL, EXDEV, ENOSYS, EPERM: true
        default: false
        }
    }

    /// strerror(3)'s text without its lock, its buffer or its translation: a static, NUL-terminated string.
    public var text: UnsafePointer<CChar> {
        strerrordesc_np(code) ?? ("unknown error" as StaticString).cString
    }
}
