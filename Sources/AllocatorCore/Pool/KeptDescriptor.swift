import CLinux

/// A descriptor of the library's, by its number, and the identity of what it names. Whoever has this one does not close it.
///
/// The program may close or reuse any descriptor: so it is checked before each use. Never is somebody else's file mapped,
/// copied or closed.
public struct DescriptorReference {
    /// The descriptor, whatever it names by now; negative for none.
    fileprivate var fd: CInt
    /// What it must still name.
    fileprivate let device: dev_t
    fileprivate let inode: ino_t

    /// The descriptor if it still names what it should, or nil. A system call; async-signal-safe.
    public var verified: CInt? { names(sameAs: fd) ? fd : nil }

    /// The same, or EBADF where the program has closed or reused it.
    func descriptor() throws(SystemError) -> CInt {
        guard let fd = verified else { throw SystemError(EBADF) }
        return fd
    }

    /// Whether `other` names the same file or directory.
    func names(sameAs other: CInt) -> Bool {
        guard let status = try? Linux.status(of: other) else { return false }
        return status.st_dev == device && status.st_ino == inode
    }
}

/// A descriptor that the library keeps, and closes once: when this ends, or before by `close`.
///
/// It is kept out of the program's way.
public struct KeptDescriptor: ~Copyable {
    /// The descriptor for who does not own it.
    private(set) var reference: DescriptorReference

    /// How long a descriptor is kept.
    enum Span {
        /// Until the process ends. Not while other threads run: it changes RLIMIT_NOFILE for a moment.
        case good
        /// Until a fork is over: out of the way, but within the limit, which belongs to all threads.
        case oneFork
    }

    /// Keeps `opened`, which moves to another number: the old one is closed. On failure it is closed too. Throws what
    /// fstat(2) says.
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

    /// Closes the descriptor, unless it names somebody else's file by now. What it named is remembered.
    mutating func close() {
        Self.close(reference)
        reference.fd = -1
    }

    private static func close(_ reference: DescriptorReference) {
        guard reference.fd >= 0, let fd = reference.verified else { return }
        Linux.close(fd)
    }

    /// Keeps what was kept for one fork, in the child of that.
    mutating func keepForGood() { if let fd = verified { reference.fd = Self.moveAway(fd) } }

    /// The descriptor if it still names what it should, or nil. A system call; async-signal-safe.
    public var verified: CInt? { reference.verified }

    /// Appends a line, if the file may become that long.
    func append(_ line: inout MessageLine) {
        guard let fd = verified else { return }
        if let status = try? Linux.status(of: fd),
            !Linux.mayGrow(to: Int(status.st_size) &+ line.length &+ 1)
        {
            return
        }
        line.write(to: fd)
    }

    /// The kernel's table of descriptors grows to the highest one and is copied by each fork: stay low.
    private static let highest: rlim_t = 4096

    /// Daemons close descriptors in a loop up to RLIMIT_NOFILE: so ours goes above the soft limit if the hard
    /// limit lets it (a descriptor stays open when the limit sinks below it), and never stays 0, 1 or 2. Where the
    /// soft limit was lowered for a program, still above what such programs usually use and look at.
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

    /// To a number that a program takes last.
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
