import CLinux

/// Whether the kernel may write to the heap while the program does something else, or past a write protection: it does so where it has
/// pinned pages. There is no way to ask for that, so this asks for the descriptors that pin.
///
/// All is opened at once, so that asking takes no lock which a thread may hold that waits for a write protection to end.
struct AsynchronousWrites: ~Copyable {
    private var descriptors: DescriptorList
    /// /proc/sys/fs/aio-nr.
    private let contexts: CInt

    /// /proc/self/maps.
    private let mappings: CInt

    /// Throws as open(2), for instance ENOENT without /proc and EMFILE.
    init() throws(SystemError) {
        let contexts = try Linux.open(
            ("/proc/sys/fs/aio-nr" as StaticString).cString, flags: O_RDONLY | O_CLOEXEC)
        let mappings: CInt
        do throws(SystemError) {
            mappings = try Linux.open(
                ("/proc/self/maps" as StaticString).cString, flags: O_RDONLY | O_CLOEXEC)
        } catch {
            Linux.close(contexts)
            throw error
        }
        let descriptors: DescriptorList
        do throws(SystemError) {
            descriptors = try DescriptorList()
        } catch {
            Linux.close(mappings)
            Linux.close(contexts)
            throw error
        }
        self.descriptors = descriptors
        self.mappings = mappings
        self.contexts = contexts
    }

    deinit {
        Linux.close(mappings)
        Linux.close(contexts)
    }

    /// With more descriptors than this the answer is yes, since looking at all of them would take too long.
    private static let mostDescriptors = 1024

    /// The answer for writes that have begun by now. Throws if the kernel does not say.
    mutating func mayBeUnderWay() throws(SystemError) -> Bool {
        try descriptors.rewind()
        var seen = 0
        while let fd = try descriptors.next() {
            seen &+= 1
            guard seen <= Self.mostDescriptors else { return true }
            do throws(SystemError) {
                if try mayPin(fd) { return true }
            } catch {
                // Another thread has just closed it.
                guard error.code == EBADF else { throw error }
            }
        }
        return try contextsExist()
    }

    private func mayPin(_ fd: CInt) throws(SystemError) -> Bool {
        let flags = try Linux.openingFlags(of: fd)
        let status = try Linux.knownStatus(of: fd)
        switch mode_t(status.stx_mode) & mode_t(S_IFMT) {
        // A pipe in packet mode says O_DIRECT too.
        case mode_t(S_IFREG), mode_t(S_IFBLK): return flags & LINUX_O_DIRECT != 0
        case mode_t(S_IFCHR): return mayPin(major: status.stx_rdev_major)
        // The kernel's own files have no type: epoll, eventfd, io_uring.
        case 0: return isRing(fd)
        default: return false
        }
    }

    /// Devices may: FUSE's while it is read, GPUs, RDMA, vfio. Those of memory and terminals do not. Source:
    /// Documentation/admin-guide/devices.txt.
    private func mayPin(major: UInt32) -> Bool {
        switch major {
        case 1, 4, 5, 136...143: false
        default: true
        }
    }

    private func isRing(_ fd: CInt) -> Bool {
        var path: MessageLine = "\(fd)"
        var link = InlineArray<32, CChar>(repeating: 0)
        let name: StaticString = "anon_inode:[io_uring]"
        let directory = descriptors.fd
        let length = withUnsafeMutablePointer(to: &link) { link in
            try? path.withCString { (path) throws(SystemError) in
                let text = UnsafeMutableRawPointer(link).assumingMemoryBound(to: CChar.self)
                return try Linux.readLink(path, in: directory, text, capacity: 31)
            }
        }
        guard let length else { return true }
        return length == name.utf8CodeUnitCount
            && withUnsafePointer(to: &link) { memcmp($0, name.cString, name.utf8CodeUnitCount) == 0 }
    }

    /// Whether this process has a context of io_setup(2), which has no descriptor, but a mapping. They are only looked through if any
    /// process of the machine has a context.
    private func contextsExist() throws(SystemError) -> Bool {
        var first: UInt8 = 0
        let fd = contexts
        let length = try withUnsafeMutablePointer(to: &first) { (first) throws(SystemError) in
            try Linux.read(fd, into: first, capacity: 1, offset: 0)
        }
        if length > 0, first == UInt8(ascii: "0") { return false }
        return try isContextMapped()
    }

    /// With a longer list of mappings than this, in bytes, the answer is yes, as with many descriptors.
    private static let longestMappings = 128 << 10

    /// Whether the list of mappings has the name of a context's. Source: aio_setup_ring in the kernel's fs/aio.c.
    private func isContextMapped() throws(SystemError) -> Bool {
        let name: StaticString = "[aio]"
        try Linux.rewind(mappings)
        let fd = mappings
        var text = InlineArray<128, UInt64>(repeating: 0)
        var matched = 0
        var length = 0
        while length < Self.longestMappings {
            let (got, isThere) = try withUnsafeMutablePointer(to: &text) { (text) throws(SystemError) in
                let bytes = UnsafeMutableRawPointer(text)
                let got = try Linux.read(fd, into: bytes, capacity: 1024)
                for index in 0..<got {
                    let byte = bytes.load(fromByteOffset: index, as: UInt8.self)
                    if byte != name.utf8Start[matched] { matched = 0 }
                    if byte == name.utf8Start[matched] { matched &+= 1 }
                    if matched == name.utf8CodeUnitCount { return (got, true) }
                }
                return (got, false)
            }
            if isThere || got == 0 { return isThere }
            length &+= got
        }
        return true
    }
}

/// The descriptors of this process, from /proc, without the one used for reading that. Allocates nothing.
private struct DescriptorList: ~Copyable {
    /// The directory. Each thread has its own, so that nobody who waits in the kernel holds a lock of it.
    let fd: CInt
    private var entries = InlineArray<128, UInt64>(repeating: 0)
    private var length = 0
    private var position = 0

    /// Throws as open(2), for instance ENOENT without /proc and EMFILE.
    init() throws(SystemError) {
        fd = try Linux.open(
            ("/proc/thread-self/fd" as StaticString).cString, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit { Linux.close(fd) }

    /// Begins again.
    mutating func rewind() throws(SystemError) {
        try Linux.rewind(fd)
        length = 0
        position = 0
    }

    /// The next one; nil at the end. Throws if the kernel does not say.
    mutating func next() throws(SystemError) -> CInt? {
        while true {
            if position >= length {
                let fd = self.fd
                let capacity = entries.count &* 8
                length = try withUnsafeMutablePointer(to: &entries) { (entries) throws(SystemError) in
                    try Linux.readDirectory(fd, into: UnsafeMutableRawPointer(entries), capacity: capacity)
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
