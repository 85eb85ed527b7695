import CLinux

/// Finds the pages of a private mapping that belong to this process alone: those written since they were mapped, and those
/// that map no file. Uses PAGEMAP_SCAN on /proc/self/pagemap, or reads one word per page if the kernel (before 6.7) or a seccomp
/// filter does not allow that. Source: Documentation/admin-guide/mm/pagemap.rst. Allocates nothing.
struct PrivatePages: ~Copyable {
    private let pagemap: CInt
    private let found: UnsafeMutableRawPointer
    private var knowsScan = true

    private static let bytes = 64 << 10
    private static let mostRegions = bytes / MemoryLayout<linux_page_region>.stride
    private static let mostWords = bytes / 8

    /// Throws ENOENT without /proc, EMFILE, ENFILE, ENOMEM, and EACCES in a process that has changed its user and may not see its
    /// pages.
    init() throws(SystemError) {
        let fd = try Linux.open(
            ("/proc/self/pagemap" as StaticString).cString, flags: O_RDONLY | O_CLOEXEC)
        do throws(SystemError) {
            found = try Linux.map(
                at: nil, length: Self.bytes, protection: PROT_READ | PROT_WRITE,
                flags: MAP_PRIVATE | MAP_ANONYMOUS, fd: -1)
        } catch {
            Linux.close(fd)
            throw error
        }
        pagemap = fd
    }

    deinit {
        try? Linux.unmap(found, length: Self.bytes)
        Linux.close(pagemap)
    }

    /// Calls `body` with ranges of bytes relative to `base`, lowest first, within `range` (whole pages), until about `most` pages
    /// were found. Returns the offset where the search stopped. Throws EIO if the kernel makes no progress, and what `body` throws.
    mutating func forEach(
        in range: Range<Int>, of base: UnsafeMutableRawPointer, most: Int = .max,
        _ body: (Range<Int>) throws(SystemError) -> Void
    ) throws(SystemError) -> Int {
        var next = range.lowerBound
        var rest = most
        while next < range.upperBound, rest > 0 {
            if knowsScan {
                do throws(SystemError) {
                    let length = range.upperBound &- next
                    let count = try scan(base + next, length: length, most: rest, &next, base)
                    let regions = found.assumingMemoryBound(to: linux_page_region.self)
                    for index in 0..<count {
                        let start = Int(bitPattern: UInt(regions[index].start) &- UInt(bitPattern: base))
                        let end = Int(bitPattern: UInt(regions[index].end) &- UInt(bitPattern: base))
                        rest &-= (end &- start) / Linux.pageSize
                        try body(start..<end)
                    }
                    continue
                } catch {
                    guard error.isMissingCapability else { throw error }
                    knowsScan = false
                }
            }
            try readWords(from: &next, to: range.upperBound, of: base, &rest, body)
        }
        return next
    }

    /// Returns the number of regions found, and moves `next` to where the scan stopped.
    private func scan(
        _ start: UnsafeMutableRawPointer, length: Int, most: Int, _ next: inout Int,
        _ base: UnsafeMutableRawPointer
    ) throws(SystemError) -> Int {
        var scan = linux_page_scan()
        scan.size = UInt64(MemoryLayout<linux_page_scan>.size)
        scan.start = UInt64(UInt(bitPattern: start))
        scan.end = scan.start &+ UInt64(truncatingIfNeeded: length)
        scan.regions = UInt64(UInt(bitPattern: found))
        scan.region_count = UInt64(Self.mostRegions)
        scan.most_pages = most == .max ? 0 : UInt64(truncatingIfNeeded: most)
        // What was only read of anonymous memory is zeroes, which a hole of the file is too.
        scan.inverted = LINUX_PAGE_IS_FILE | LINUX_PAGE_IS_ZERO
        scan.all_of = LINUX_PAGE_IS_FILE | LINUX_PAGE_IS_ZERO
        scan.any_of = LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_SWAPPED
        scan.returned = LINUX_PAGE_IS_PRESENT
        let count = try Linux.scanPages(pagemap, &scan)
        let end = Int(bitPattern: UInt(scan.walk_end) &- UInt(bitPattern: base))
        guard end > next else { throw SystemError(EIO) }
        next = end
        return count
    }

    private static let isPresent: UInt64 = 1 << 63
    private static let isSwapped: UInt64 = 1 << 62
    private static let isOfFile: UInt64 = 1 << 61

    private func readWords(
        from next: inout Int, to end: Int, of base: UnsafeMutableRawPointer, _ rest: inout Int,
        _ body: (Range<Int>) throws(SystemError) -> Void
    ) throws(SystemError) {
        let wanted = min(Self.mostWords, (end &- next) / Linux.pageSize)
        let first = Int(bitPattern: UInt(bitPattern: base + next) / UInt(Linux.pageSize))
        let got = try Linux.read(pagemap, into: found, capacity: wanted &* 8, offset: first &* 8) / 8
        guard got > 0 else { throw SystemError(EIO) }
        let words = found.assumingMemoryBound(to: UInt64.self)
        func isPrivate(_ index: Int) -> Bool {
            words[index] & (Self.isPresent | Self.isSwapped) != 0 && words[index] & Self.isOfFile == 0
        }
        var index = 0
        while index < got, rest > 0 {
            guard isPrivate(index) else {
                index &+= 1
                continue
            }
            let start = index
            while index < got, rest > 0, isPrivate(index) {
                index &+= 1
                rest &-= 1
            }
            try body(next &+ start &* Linux.pageSize..<next &+ index &* Linux.pageSize)
        }
        next &+= index &* Linux.pageSize
    }
}
