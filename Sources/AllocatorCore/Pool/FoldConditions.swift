import CLinux

/// Checks that nobody else may write to the pool while its pages are copied and then replaced.
enum FoldConditions {
    /// The obstacle at this moment, or nil. The answer is only good until this thread runs other code.
    static func obstacle(to pool: borrowing Pool) -> FoldObstacle? {
        guard isOnlyThread else { return .threads }
        if Linux.isLocked(pool.base, length: pool.highWaterMark) { return .locks }
        // Locked pages that were moved aside stay locked.
        if let side = pool.addresses.side, Linux.isLocked(side, length: pool.highWaterMark) { return .locks }
        do throws(SystemError) {
            return try mayKernelWrite() ? .asynchronousWrites : nil
        } catch {
            return .means
        }
    }

    /// Asks the kernel: glibc's variable never goes back, and does not know of threads that glibc has not made.
    private static var isOnlyThread: Bool {
        guard
            let fd = try? Linux.open(
                ("/proc/self/task" as StaticString).cString, flags: O_PATH | O_DIRECTORY | O_CLOEXEC)
        else { return false }
        defer { Linux.close(fd) }
        // Itself, its parent, and a directory per thread.
        return (try? Linux.status(of: fd))?.st_nlink == 3
    }

    /// With more descriptors than this nothing is folded, since looking at all of them would take too long.
    private static let mostDescriptors = 1024

    /// Whether a descriptor lets the kernel write to memory while the program does something else. There is no way to ask whether
    /// an O_DIRECT read or an io_uring request is in progress.
    private static func mayKernelWrite() throws(SystemError) -> Bool {
        var descriptors = try DescriptorList()
        var seen = 0
        while let fd = descriptors.next() {
            seen &+= 1
            guard seen <= mostDescriptors else { return true }
            guard let status = try? Linux.status(of: fd) else { continue }
            let type = status.st_mode & mode_t(S_IFMT)
            // A pipe in packet mode says O_DIRECT too.
            if type == mode_t(S_IFREG) || type == mode_t(S_IFBLK),
                try Linux.openingFlags(of: fd) & LINUX_O_DIRECT != 0
            {
                return true
            }
            // A file without a type is the kernel's own: epoll, eventfd, io_uring.
            if type == 0, isRing(fd) { return true }
        }
        return try mayHaveAIO()
    }

    private static func isRing(_ fd: CInt) -> Bool {
        var path: MessageLine = "/proc/self/fd/\(fd)"
        var link = InlineArray<32, CChar>(repeating: 0)
        let name: StaticString = "anon_inode:[io_uring]"
        let length = withUnsafeMutablePointer(to: &link) { link in
            try? path.withCString { (path) throws(SystemError) in
                let text = UnsafeMutableRawPointer(link).assumingMemoryBound(to: CChar.self)
                return try Linux.readLink(path, text, capacity: 31)
            }
        }
        guard let length else { return true }
        return length == name.utf8CodeUnitCount
            && withUnsafePointer(to: &link) { memcmp($0, name.cString, name.utf8CodeUnitCount) == 0 }
    }

    /// Whether any process on the machine has a context of io_setup(2), which has no descriptor.
    private static func mayHaveAIO() throws(SystemError) -> Bool {
        let fd = try Linux.open(("/proc/sys/fs/aio-nr" as StaticString).cString, flags: O_RDONLY | O_CLOEXEC)
        defer { Linux.close(fd) }
        var first: UInt8 = 0
        let length = try withUnsafeMutablePointer(to: &first) { (first) throws(SystemError) in
            try Linux.read(fd, into: first, capacity: 1)
        }
        return length == 0 || first != UInt8(ascii: "0")
    }
}

/// The descriptors of this process, from /proc/self/fd, without the one used for reading that. Allocates nothing.
private struct DescriptorList: ~Copyable {
    private let fd: CInt
    private var entries = InlineArray<128, UInt64>(repeating: 0)
    private var length = 0
    private var position = 0

    /// Throws as open(2), for instance ENOENT without /proc and EMFILE.
    init() throws(SystemError) {
        fd = try Linux.open(
            ("/proc/self/fd" as StaticString).cString, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit { Linux.close(fd) }

    /// The next one; nil at the end.
    mutating func next() -> CInt? {
        while true {
            if position >= length {
                let fd = self.fd
                let capacity = entries.count &* 8
                length = withUnsafeMutablePointer(to: &entries) {
                    (try? Linux.readDirectory(fd, into: UnsafeMutableRawPointer($0), capacity: capacity)) ?? 0
                }
                position = 0
                guard length > 0 else { return nil }
            }
            let found = entry
            if let found, found != fd { return found }
        }
    }

    /// The entry at `position`, which moves on; nil for one that is no number. Source: getdents64(2).
    private var entry: CInt? {
        mutating get {
            let start = position
            var size = 0
            let number = withUnsafePointer(to: &entries) { entries -> CInt? in
                let bytes = UnsafeRawPointer(entries) + start
                size = Int(bytes.load(fromByteOffset: 16, as: UInt16.self))
                var number: CInt = 0
                var offset = 19
                while offset < size {
                    let byte = bytes.load(fromByteOffset: offset, as: UInt8.self)
                    if byte == 0 { return offset == 19 ? nil : number }
                    guard byte >= 48, byte <= 57 else { return nil }
                    number = number &* 10 &+ CInt(byte &- 48)
                    offset &+= 1
                }
                return nil
            }
            position = size > 0 ? start &+ size : length
            return number
        }
    }
}
