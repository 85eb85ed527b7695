import CLinux

/// The pool's addresses, reserved once at start and kept until the process ends.
///
/// Two areas of the same size beside the pool make a fork cheap and safe: a remap moves the page tables to `side`, and
/// `twin` holds a private mapping of the pool file in reserve. Both are address space, not memory. If RLIMIT_AS is tight,
/// the library does without them.
public struct AddressSpace {
    /// Where the pool is mapped. A multiple of 2 MiB, unless RLIMIT_AS is too tight for that.
    public let base: UnsafeMutableRawPointer
    /// Where page tables are moved to, or nil. Congruent to `base` modulo 2 MiB, and modulo 1 GiB if possible.
    public internal(set) var side: UnsafeMutableRawPointer?
    /// Where the private mapping waits, or nil. Congruent to `base` like `side`.
    public internal(set) var twin: UnsafeMutableRawPointer?
    /// Whether the library has held all of the twin's addresses throughout, so that nobody else's mapping can lie there.
    var twinIsWhole = true

    /// Whether `address` is one of the pool's, which has `size` bytes.
    func contain(_ address: UnsafeRawPointer, size: Int) -> Bool {
        UInt(bitPattern: address) &- UInt(bitPattern: base) < UInt(bitPattern: size)
    }

    /// Unmaps `side` and `twin`, in a child whose address space has no room for a mapping.
    mutating func giveUpSpare(size: Int) {
        if let side { try? Linux.unmap(side, length: size) }
        side = nil
        if let twin, twinIsWhole { try? Linux.unmap(twin, length: size) }
        twin = nil
    }

    /// Whether RLIMIT_AS lets a child map a copy of `size` bytes. The child can give up its spare addresses, but if it is
    /// beyond the limit even then, the kernel lets it map nothing.
    func childMayMapCopy(size: Int) -> Bool {
        guard let limit = Linux.softLimit(RLIMIT_AS), let mapped = Self.mappedBytes else { return true }
        return UInt64(truncatingIfNeeded: mapped &- spareBytes(size: size)) <= limit
    }

    /// The size of the process's address space, as RLIMIT_AS counts it, from /proc/self/statm. Nil if that cannot be read.
    private static var mappedBytes: Int? {
        let path: StaticString = "/proc/self/statm"
        guard let fd = try? Linux.open(path.cString, flags: O_RDONLY | O_CLOEXEC) else { return nil }
        defer { Linux.close(fd) }
        var text = InlineArray<32, UInt8>(repeating: 0)
        let length = withUnsafeMutablePointer(to: &text) {
            (try? Linux.read(fd, into: UnsafeMutableRawPointer($0), capacity: 32)) ?? 0
        }
        var pages = 0
        for index in 0..<length {
            guard text[index] != UInt8(ascii: " ") else { return pages &* Linux.pageSize }
            pages = pages &* 10 &+ Int(text[index] &- UInt8(ascii: "0"))
        }
        return nil
    }

    /// Reserves the `length` bytes at `place`, which are not mapped, so that nobody else's mapping gets there. Throws EEXIST if
    /// one is there already, ENOMEM if a limit is in the way.
    static func hold(_ place: UnsafeMutableRawPointer, length: Int) throws(SystemError) {
        _ = try Linux.map(
            at: place, length: length, protection: PROT_NONE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, fd: -1)
    }

    /// How many bytes `giveUpSpare` would free.
    private func spareBytes(size: Int) -> Int {
        (side == nil ? 0 : size) &+ (twin == nil || !twinIsWhole ? 0 : size)
    }

    /// Reserves addresses for a pool of `size` bytes, a multiple of the page size, as generously as RLIMIT_AS allows.
    /// Throws ENOMEM if there are none even for the pool alone.
    public static func reserve(size: Int) throws(SystemError) -> AddressSpace {
        let gigabyte = 1 << 30
        if let generous = try? reserveThree(size, alignment: gigabyte) { return generous }
        if let modest = try? reserveThree(size, alignment: Linux.hugePageSize) { return modest }
        if let bare = try? reserveAligned(size, alignment: Linux.hugePageSize) {
            return AddressSpace(base: bare, side: nil, twin: nil)
        }
        return AddressSpace(base: try reserveRange(size), side: nil, twin: nil)
    }

    /// Reserves three areas at a distance that is a multiple of `alignment`. Throws ENOMEM if that would take more than a
    /// quarter of RLIMIT_AS.
    private static func reserveThree(_ size: Int, alignment: Int) throws(SystemError) -> AddressSpace {
        let stride = (size &+ alignment &- 1) & ~(alignment &- 1)
        let length = 2 &* stride &+ size
        if let limit = Linux.softLimit(RLIMIT_AS), UInt64(truncatingIfNeeded: length) > limit / 4 {
            throw SystemError(ENOMEM)
        }
        let base = try reserveAligned(length, alignment: alignment)
        // The gaps are not needed, and would count towards RLIMIT_AS.
        if stride > size {
            try Linux.unmap(base + size, length: stride &- size)
            try Linux.unmap(base + stride + size, length: stride &- size)
        }
        return AddressSpace(base: base, side: base + stride, twin: base + 2 &* stride)
    }

    private static func reserveAligned(
        _ length: Int, alignment: Int
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        let range = try reserveRange(length &+ alignment)
        let address = UInt(bitPattern: range)
        let mask = UInt(bitPattern: alignment &- 1)
        let before = Int(bitPattern: (address &+ mask) & ~mask &- address)
        if before > 0 { try Linux.unmap(range, length: before) }
        let base = range + before
        try Linux.unmap(base + length, length: alignment &- before)
        return base
    }

    private static func reserveRange(_ length: Int) throws(SystemError) -> UnsafeMutableRawPointer {
        try Linux.map(
            at: nil, length: length, protection: PROT_NONE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd: -1)
    }
}
