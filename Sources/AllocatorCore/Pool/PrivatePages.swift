/// Pages of a shared pool that are mapped MAP_PRIVATE all the same, one by one: a bitmap.
///
/// They hold what glibc itself writes in the child of a fork before our handler can give the child its copy: see
/// `ChildWrites`. Not thread-safe: for the thread that forks, with the pool's lock held.
public struct PrivatePages {
    private let bits: UnsafeMutablePointer<UInt64>
    private let wordCount: Int

    /// Pages in the set.
    public private(set) var count = 0

    /// Bytes of zeroed memory that a set for `pageCount` pages needs.
    static func bytesNeeded(pageCount: Int) -> Int { (pageCount / 64 &+ 1) &* 8 }

    /// The empty set, in zeroed `memory`.
    init(pageCount: Int, memory: UnsafeMutableRawPointer) {
        wordCount = pageCount / 64 &+ 1
        bits = memory.bindMemory(to: UInt64.self, capacity: wordCount)
    }

    /// Whether `page` is in the set.
    func contains(_ page: Int) -> Bool { bits[page / 64] & bit(page) != 0 }

    /// Adds `page`.
    mutating func insert(_ page: Int) {
        guard !contains(page) else { return }
        bits[page / 64] |= bit(page)
        count &+= 1
    }

    /// The first page of the set at or behind `page`, or nil.
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
        while let page = next(from: 0) {
            bits[page / 64] &= ~bit(page)
            count &-= 1
        }
    }

    private func bit(_ page: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: page % 64) }
}
