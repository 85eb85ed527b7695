/// Which pages of a run the file does not have in memory. Only asked where pages have their blocks as they are written, and may
/// not have any: a page must be present to be protected, and a hole of the file becomes a page of zeroes by that.
struct AbsentPages {
    private var bits = InlineArray<8, UInt64>(repeating: 0)
    private let start: Int

    /// None, of a run of at most 2 MiB, `Pool.longestProtectedRun`, from `start` on.
    init(from start: Int) { self.start = start }

    mutating func insert(_ offset: Int) {
        let page = (offset &- start) / Linux.pageSize
        bits[page / 64] |= 1 &<< UInt64(truncatingIfNeeded: page % 64)
    }

    mutating func remove(_ range: Range<Int>) {
        var page = (range.lowerBound &- start) / Linux.pageSize
        let end = min((range.upperBound &- start) / Linux.pageSize, bits.count &* 64)
        while page < end {
            bits[page / 64] &= ~(1 &<< UInt64(truncatingIfNeeded: page % 64))
            page &+= 1
        }
    }

    /// The offset of the next one from `offset` on, or nil.
    func next(from offset: Int) -> Int? {
        var page = max(0, offset &- start) / Linux.pageSize
        while page < bits.count &* 64 {
            if bits[page / 64] & (1 &<< UInt64(truncatingIfNeeded: page % 64)) != 0 {
                return start &+ page &* Linux.pageSize
            }
            page &+= 1
        }
        return nil
    }
}
