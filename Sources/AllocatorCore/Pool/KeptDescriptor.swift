import CLinux

/// The number of one of the library's descriptors, and the identity of its file. A reference does not own the descriptor.
///
/// The program may close or reuse any descriptor, so it is verified before each use. The library never maps, copies or
/// closes somebody else's file.
public struct DescriptorReference {
    /// The number, whatever it stands for by now; negative if there is no descriptor.
    fileprivate var fd: CInt
    /// The file that it must still stand for.
    fileprivate let device: dev_t
    fileprivate let inode: ino_t

    /// The descriptor; nil if the program has closed or reused it. Makes a system call. Any thread; async-signal-safe.
    public var verified: CInt? { names(sameAs: fd) ? fd : nil }

    /// The same, but throws EBADF if the program has closed or reused it.
    func descriptor() throws(SystemError) -> CInt {
        guard let fd = verified else { throw SystemError(EBADF) }
        return fd
    }

    /// Whether the descriptor `other` stands for the same file or directory.
    func names(sameAs other: CInt) -> Bool {
        guard let status = try? Linux.status(of: other) else { return false }
        return status.st_dev == device && status.st_ino == inode
    }
}

/// A descriptor that the library owns. It is moved out of the program's way, and closed once: by `close`, or when this value
/// ends.
public struct KeptDescriptor: ~Copyable {
    /// For users of the descriptor who do not own it.
    private(set) var reference: DescriptorReference

    /// How long a descriptor is kept.
    enum Span {
        /// Until the process ends. Only for a process with one thread, since it changes RLIMIT_NOFILE for a moment.
        case good
        /// Until a fork is over. Stays below RLIMIT_NOFILE, which belongs to all threads.
        case oneFork
    }

    /// Takes over `opened`, which moves to another number if possible. Throws what fstat(2) throws; `opened` is closed then.
    init(keeping opened: CInt, for span: Span = .good) throws(SystemError) {
        let fd = span == .good ? Self.moveAway(opened) : Self.moveUp(opened)
        do throws(SystemError) {
            let status = try Linux.status(of: fd)
            reference = DescriptorReference(fd: fd, device: status.st_dev, inode: status.st_ino)
        } catch {
            Linux.close(fd)
            throw error
        }
    }

    private init(_ reference: DescriptorReference) { self.reference = reference }

    deinit { Self.close(reference) }

    /// No descriptor.
    static var none: KeptDescriptor { KeptDescriptor(DescriptorReference(fd: -1, device: 0, inode: 0)) }

    /// Closes the descriptor now, unless the program has reused it. The file's identity is remembered.
    mutating func close() {
        Self.close(reference)
        reference.fd = -1
    }

    private static func close(_ reference: DescriptorReference) {
        guard reference.fd >= 0, let fd = reference.verified else { return }
        Linux.close(fd)
    }

    /// In the child: keeps a descriptor of `.oneFork` until the process ends.
    mutating func keepForGood() { if let fd = verified { reference.fd = Self.moveAway(fd) } }

    /// See `DescriptorReference.verified`.
    public var verified: CInt? { reference.verified }

    /// Appends a line, unless RLIMIT_FSIZE forbids it. Any thread; async-signal-safe.
    func append(_ line: inout MessageLine) {
        guard let fd = verified else { return }
        if let status = try? Linux.status(of: fd),
            !FileSizeLimit.allows(Int(status.st_size) &+ line.length &+ 1)
        {
            return
        }
        line.write(to: fd)
    }

    /// The kernel's table of descriptors reaches up to the highest one and is copied by each fork, so stay low.
    private static let highest: rlim_t = 4096

    /// Daemons close all descriptors up to RLIMIT_NOFILE. So ours moves above the soft limit if the hard limit allows it (a
    /// descriptor stays open when the limit sinks below it), and never stays 0, 1 or 2. If the soft limit is unusually low, it
    /// moves above the usual one.
    private static func moveAway(_ fd: CInt) -> CInt {
        guard let limit = try? Linux.limit(RLIMIT_NOFILE) else { return moveAbove(fd, minimum: 3) }
        let usual: rlim_t = 1024
        let wanted = limit.rlim_cur < usual && limit.rlim_max > usual ? usual : limit.rlim_cur
        guard limit.rlim_cur <= highest, limit.rlim_max > wanted else {
            return moveAbove(fd, minimum: limit.rlim_cur > highest ? CInt(highest) : 3)
        }
        var raised = limit
        raised.rlim_cur = min(limit.rlim_max, wanted &+ 64)
        guard (try? Linux.setLimit(RLIMIT_NOFILE, raised)) != nil else { return moveAbove(fd, minimum: 3) }
        defer { try? Linux.setLimit(RLIMIT_NOFILE, limit) }
        return moveAbove(fd, minimum: CInt(truncatingIfNeeded: wanted))
    }

    /// Moves to one of the last numbers that a program takes.
    private static func moveUp(_ fd: CInt) -> CInt {
        let limit = min(Linux.softLimit(RLIMIT_NOFILE) ?? .max, UInt64(highest))
        return moveAbove(fd, minimum: max(3, CInt(truncatingIfNeeded: limit) &- 64))
    }

    private static func moveAbove(_ fd: CInt, minimum: CInt) -> CInt {
        guard fd < minimum, let moved = try? Linux.duplicate(fd, above: minimum) else { return fd }
        Linux.close(fd)
        return moved
    }
}
