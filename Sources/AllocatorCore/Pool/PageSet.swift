/// A set of pages of the pool, or of larger parts: a bitmap.
///
/// Not thread-safe: `Heap` holds its lock around every call.
public struct PageSet {
    private let bits: UnsafeMutablePointer<UInt64>
    private let wordCount: Int

    /// Pages in the set.
    public private(set) var count = 0

    /// The zeroed memory that a set for `pageCount` pages needs, in bytes.
    static func bytesNeeded(pageCount: Int) -> Int { (pageCount / 64 &+ 1) &* 8 }

    /// The empty set. `memory` is zeroed and lives as long as the set.
    init(pageCount: Int, memory: UnsafeMutableRawPointer) {
        wordCount = pageCount / 64 &+ 1
        bits = memory.bindMemory(to: UInt64.self, capacity: wordCount)
    }

    /// Whether `page` is in the set.
    func contains(_ page: Int) -> Bool { bits[page / 64] & bit(page) != 0 }

    /// Whether any page of `range` is in the set.
    func contains(anyOf range: Range<Int>) -> Bool {
        guard let first = next(from: range.lowerBound) else { return false }
        return first < range.upperBound
    }

    /// Adds `page`.
    mutating func insert(_ page: Int) {
        guard !contains(page) else { return }
        bits[page / 64] |= bit(page)
        count &+= 1
    }

    /// Adds all pages of `range`.
    mutating func insert(_ range: Range<Int>) {
        var page = range.lowerBound
        while page < range.upperBound {
            let end = min(page | 63, range.upperBound &- 1)
            let count = UInt64(truncatingIfNeeded: end &- page &+ 1)
            let mask = (~0 &>> (64 &- count)) &<< UInt64(truncatingIfNeeded: page % 64)
            self.count &+= (mask & ~bits[page / 64]).nonzeroBitCount
            bits[page / 64] |= mask
            page = end &+ 1
        }
    }

    /// Removes `page`.
    mutating func remove(_ page: Int) {
        guard contains(page) else { return }
        bits[page / 64] &= ~bit(page)
        count &-= 1
    }

    /// The first page in the set from `page` on, or nil.
    func next(from page: Int) -> Int? {
        guard count > 0 else { return nil }
        var word = page / 64
        var mask = ~UInt64(0) &<< UInt64(truncatingIfNeeded: page % 64)
        while word < wordCount {
            let found = bits[word] & mask
            if found != 0 { return word &* 64 &+ found.trailingZeroBitCount }
            word &+= 1
            mask = ~0
        }
        return nil
    }

    /// Empties the set.
    mutating func removeAll() {
        while let page = next(from: 0) { remove(page) }
    }

    private func bit(_ page: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: page % 64) }
}
