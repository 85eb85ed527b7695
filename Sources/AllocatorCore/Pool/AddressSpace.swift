import CLinux

/// The addresses that the pool lives at, reserved once at start and never given up.
///
/// Beside the pool itself lie two areas of the same size that make a fork cheap and safe: `side` takes the
/// page tables that a remap moves out of the way, `twin` holds a private mapping of the pool file in waiting.
/// Both are address space, not memory; where RLIMIT_AS is tight they are given up first.
public struct AddressSpace {
    /// Where the pool is mapped. 2 MiB-aligned where the limit allows it.
    public let base: UnsafeMutableRawPointer
    /// Where page tables are moved aside to, or nil. Congruent to `base` modulo 2 MiB, modulo 1 GiB if it can be.
    public internal(set) var side: UnsafeMutableRawPointer?
    /// Where the private mapping waits, or nil. Congruent like `side`.
    public internal(set) var twin: UnsafeMutableRawPointer?
    /// Whether nobody else's mapping can have come to lie in the twin.
    var twinIsWhole = true

    /// Whether `address` is one of the pool's, which has `size` bytes.
    func contain(_ address: UnsafeRawPointer, size: Int) -> Bool {
        UInt(bitPattern: address) &- UInt(bitPattern: base) < UInt(bitPattern: size)
    }

    /// Gives up what is only for speed and for later forks, in a child whose address space is too large for a mapping.
    mutating func giveUpSpare(size: Int) {
        if let side { try? Linux.unmap(side, length: size) }
        side = nil
        if let twin, twinIsWhole { try? Linux.unmap(twin, length: size) }
        twin = nil
    }

    /// Whether a child may map a copy of `size` bytes, by RLIMIT_AS: it can give up what it has to spare of its addresses,
    /// but if its address space is beyond the limit even then, the kernel lets it map nothing.
    func childMayMapCopy(size: Int) -> Bool {
        guard let limit = Linux.softLimit(RLIMIT_AS), let mapped = Linux.mappedBytes else { return true }
        return UInt64(truncatingIfNeeded: mapped &- spareBytes(size: size)) <= limit
    }

    /// How many bytes `giveUpSpare` would free.
    private func spareBytes(size: Int) -> Int {
        (side == nil ? 0 : size) &+ (twin == nil || !twinIsWhole ? 0 : size)
    }

    /// Reserves room for a pool of `size` bytes, a multiple of the page size, as generously as RLIMIT_AS allows.
    /// Throws `SystemError` where there are no addresses even for the pool alone.
    public static func reserve(size: Int) throws(SystemError) -> AddressSpace {
        let gigabyte = 1 << 30
        if let generous = try? reserveThree(size, alignment: gigabyte) { return generous }
        if let modest = try? reserveThree(size, alignment: Linux.hugePageSize) { return modest }
        if let bare = try? reserveAligned(size, alignment: Linux.hugePageSize) {
            return AddressSpace(base: bare, side: nil, twin: nil)
        }
        return AddressSpace(base: try reserveRange(size), side: nil, twin: nil)
    }

    /// Three areas a multiple of `alignment` apart, if that leaves the program most of its address space.
    private static func reserveThree(_ size: Int, alignment: Int) throws(SystemError) -> AddressSpace {
        let stride = (size &+ alignment &- 1) & ~(alignment &- 1)
        let length = 2 &* stride &+ size
        if let limit = Linux.softLimit(RLIMIT_AS), UInt64(truncatingIfNeeded: length) > limit / 4 {
            throw SystemError(ENOMEM)
        }
        let base = try reserveAligned(length, alignment: alignment)
        // What lies between them is not needed, and would count towards RLIMIT_AS.
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
