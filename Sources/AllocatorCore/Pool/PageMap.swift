/// Which pages of the pool are in use. One map serves all arenas; it is ordered by address, and adjacent free runs need no
/// merging.
///
/// A bitmap, and a binary tree over it. For each span the tree knows how many free pages it begins with, how many it ends
/// with, and its longest free run, so the lowest run that fits is found in O(log n). The idea comes from the Go runtime's
/// page allocator (Knyszek, Clements: "Scaling the Go page allocator", 2019).
///
/// The caller provides zeroed memory. A zeroed tree means that all pages are free, so even a large pool costs nothing until
/// it is used. Not thread-safe: `Heap` holds its lock around every call. Callers must not pass page numbers outside the pool.
public struct PageMap {
    /// Pages per word of the bitmap: 256 KiB, the unit of lazy reservation.
    public static let pagesPerWord = 64

    /// Pages in the map.
    public let pageCount: Int

    /// Pages in use now.
    public private(set) var pagesInUse = 0

    /// The most pages that were ever in use at once.
    public private(set) var peakPagesInUse = 0

    /// 1: in use.
    private let used: UnsafeMutablePointer<UInt64>
    /// 1: has been in use before, so its bytes may not be zero.
    private let soiled: UnsafeMutablePointer<UInt64>
    /// The tree without its leaves, which are the bitmap's words. The root is at 1.
    private let tree: UnsafeMutablePointer<Span>
    private let wordCount: Int
    /// The number of leaves of a full tree: a power of two.
    private let leafCount: Int

    /// What the tree knows about a span. It counts the pages that are missing, so that zero means free.
    private struct Span {
        /// The span's size minus the length of the free run at its beginning, in pages.
        var prefixLack: UInt32
        /// Likewise for its longest free run.
        var longestLack: UInt32
        /// Likewise for the free run at its end.
        var suffixLack: UInt32

        static func full(_ size: Int) -> Span {
            let size = UInt32(truncatingIfNeeded: size)
            return Span(prefixLack: size, longestLack: size, suffixLack: size)
        }
    }

    // MARK: Memory

    /// The size of the zeroed, 8-byte aligned memory that a map of `pageCount` pages needs, in bytes.
    public static func bytesNeeded(pageCount: Int) -> Int {
        2 &* bitmapBytes(pageCount) &+ leafCount(pageCount) &* MemoryLayout<Span>.stride
    }

    private static func wordCount(_ pageCount: Int) -> Int { (pageCount &+ 63) / 64 }

    private static func bitmapBytes(_ pageCount: Int) -> Int { wordCount(pageCount) &* 8 }

    private static func leafCount(_ pageCount: Int) -> Int {
        var count = 2
        while count < wordCount(pageCount) { count &*= 2 }
        return count
    }

    /// A map of `pageCount` pages, all free, in `memory` of at least `bytesNeeded` zeroed bytes.
    public init(pageCount: Int, memory: UnsafeMutableRawPointer) {
        self.pageCount = pageCount
        wordCount = Self.wordCount(pageCount)
        leafCount = Self.leafCount(pageCount)
        let bitmapBytes = Self.bitmapBytes(pageCount)
        used = memory.bindMemory(to: UInt64.self, capacity: wordCount)
        soiled = (memory + bitmapBytes).bindMemory(to: UInt64.self, capacity: wordCount)
        tree = (memory + 2 &* bitmapBytes).bindMemory(to: Span.self, capacity: leafCount)
        closeTail()
    }

    /// Marks everything behind the last page as in use for ever.
    private func closeTail() {
        let tail = pageCount % 64
        if tail > 0 { used[wordCount &- 1] = ~0 &<< UInt64(truncatingIfNeeded: tail) }
        // The fewest nodes that cover the leaves behind the last word.
        var first = wordCount &+ leafCount
        var last = 2 &* leafCount
        var size = 64
        while first < last {
            if first & 1 == 1 {
                if first < leafCount { tree[first] = .full(size) }
                first &+= 1
            }
            if last & 1 == 1 {
                last &-= 1
                if last < leafCount { tree[last] = .full(size) }
            }
            first /= 2
            last /= 2
            size &*= 2
        }
        updateTree(firstWord: wordCount &- 1, lastWord: wordCount &- 1)
    }

    // MARK: Changes

    /// Marks `count` free pages as used. Returns whether none of them has been in use before.
    @discardableResult
    public mutating func take(_ first: Int, count: Int) -> Bool {
        invariant(isFree(first, count: count), "pages \(first) to \(first &+ count) are taken twice")
        var fresh = true
        forEachWord(first, count) { word, mask in
            fresh = fresh && soiled[word] & mask == 0
            used[word] |= mask
            soiled[word] |= mask
        }
        pagesInUse &+= count
        if pagesInUse > peakPagesInUse { peakPagesInUse = pagesInUse }
        updateTree(firstWord: first / 64, lastWord: (first &+ count &- 1) / 64)
        return fresh
    }

    /// Marks `count` used pages as free.
    public mutating func release(_ first: Int, count: Int) {
        invariant(
            isUsed(first, count: count), "pages \(first) to \(first &+ count) are not in use, yet given back")
        forEachWord(first, count) { word, mask in used[word] &= ~mask }
        pagesInUse &-= count
        updateTree(firstWord: first / 64, lastWord: (first &+ count &- 1) / 64)
    }

    /// Notes that free pages read as zero again, because the file system has taken back their blocks.
    public func cleanse(_ first: Int, count: Int) {
        invariant(
            isFree(first, count: count), "pages \(first) to \(first &+ count) are in use, yet said to be zero"
        )
        forEachWord(first, count) { word, mask in soiled[word] &= ~mask }
    }

    // MARK: Questions

    /// Whether all `count` pages from `first` lie in the map and are free.
    public func isFree(_ first: Int, count: Int) -> Bool {
        guard first >= 0, count <= pageCount, first <= pageCount &- count else { return false }
        var free = true
        forEachWord(first, count) { word, mask in free = free && used[word] & mask == 0 }
        return free
    }

    /// Whether all `count` pages from `first` lie in the map and are in use.
    func isUsed(_ first: Int, count: Int) -> Bool {
        guard first >= 0, count > 0, count <= pageCount, first <= pageCount &- count else { return false }
        var used = true
        forEachWord(first, count) { word, mask in used = used && self.used[word] & mask == mask }
        return used
    }

    /// Whether the word of 64 pages has no page in use.
    public func isFree(word: Int) -> Bool {
        let tail = pageCount % 64
        let outside: UInt64 =
            word == wordCount &- 1 && tail > 0 ? ~0 &<< UInt64(truncatingIfNeeded: tail) : 0
        return used[word] & ~outside == 0
    }

    /// The lowest free run of `count` pages, from `start` on, whose first page is a multiple of `alignment` (a power of two).
    public func findFree(_ count: Int, alignment: Int = 1, from start: Int = 0) -> Int? {
        guard count > 0, count <= pageCount else { return nil }
        var from = start
        while let run = firstRun(of: count, from: from) {
            let aligned = (run &+ alignment &- 1) & ~(alignment &- 1)
            if aligned == run || isFree(aligned, count: count) { return aligned }
            from = aligned
        }
        return nil
    }

    /// The longest run of free pages.
    public var longestFreeRun: Int {
        longest(node: 1, size: leafCount &* 64)
    }

    /// The first range of pages in use from `page` on. Ranges with at most `gap` free pages between them count as one. Nil if
    /// there is none.
    public func nextUsed(from page: Int, gap: Int = 0) -> Range<Int>? {
        guard let first = nextPage(from: page, inUse: true) else { return nil }
        var end = nextPage(from: first, inUse: false) ?? pageCount
        while let next = nextPage(from: end, inUse: true), next &- end <= gap {
            end = nextPage(from: next, inUse: false) ?? pageCount
        }
        return first..<end
    }

    private func nextPage(from page: Int, inUse: Bool) -> Int? {
        guard page < pageCount else { return nil }
        var word = page / 64
        var mask = ~UInt64(0) &<< UInt64(truncatingIfNeeded: page % 64)
        while word < wordCount {
            let candidates = (inUse ? used[word] : ~used[word]) & mask
            if candidates != 0 {
                let found = word &* 64 &+ candidates.trailingZeroBitCount
                return found < pageCount ? found : nil
            }
            word = inUse && used[word] == 0 ? wordInUse(behind: word) : word &+ 1
            mask = ~0
        }
        return nil
    }

    /// The first word behind `word` that has a page in use; `word` itself has none. Takes O(log n) however much is free, since a
    /// fork asks for every range in use.
    private func wordInUse(behind word: Int) -> Int {
        var node = word &+ leafCount
        // Up, as long as all to the right within the same span is free.
        repeat {
            while node & 1 == 1 {
                node /= 2
                if node == 0 { return wordCount }
            }
            node &+= 1
        } while span(node).prefixLack == 0
        // Down again, to the left where that is not all free.
        while node < leafCount {
            node &*= 2
            if span(node).prefixLack == 0 { node &+= 1 }
        }
        return node &- leafCount
    }

    // MARK: The tree

    private func forEachWord(_ first: Int, _ count: Int, _ body: (Int, UInt64) -> Void) {
        guard count > 0 else { return }
        let end = first &+ count
        var word = first / 64
        while word &* 64 < end {
            let low = first > word &* 64 ? first &- word &* 64 : 0
            let high = end < word &* 64 &+ 64 ? end &- word &* 64 : 64
            var mask = ~UInt64(0) &<< UInt64(truncatingIfNeeded: low)
            if high < 64 { mask &= ~(~UInt64(0) &<< UInt64(truncatingIfNeeded: high)) }
            body(word, mask)
            word &+= 1
        }
    }

    private func updateTree(firstWord: Int, lastWord: Int) {
        var first = (firstWord &+ leafCount) / 2
        var last = (lastWord &+ leafCount) / 2
        var childSize = 64
        while first > 0 {
            for node in first...last { tree[node] = joined(2 &* node, childSize: childSize) }
            first /= 2
            last /= 2
            childSize &*= 2
        }
    }

    private func joined(_ left: Int, childSize: Int) -> Span {
        let size = UInt32(truncatingIfNeeded: childSize)
        let a = span(left)
        let b = span(left &+ 1)
        let across = (size &- a.suffixLack) &+ (size &- b.prefixLack)
        var longest = size &- min(a.longestLack, b.longestLack)
        if across > longest { longest = across }
        return Span(
            prefixLack: a.prefixLack == 0 ? b.prefixLack : a.prefixLack &+ size,
            longestLack: 2 &* size &- longest,
            suffixLack: b.suffixLack == 0 ? a.suffixLack : b.suffixLack &+ size)
    }

    private func span(_ node: Int) -> Span {
        guard node >= leafCount else { return tree[node] }
        let word = node &- leafCount
        guard word < wordCount else { return .full(64) }
        let bits = used[word]
        return Span(
            prefixLack: UInt32(truncatingIfNeeded: 64 &- bits.trailingZeroBitCount),
            longestLack: UInt32(truncatingIfNeeded: 64 &- Self.longestZeroRun(bits)),
            suffixLack: UInt32(truncatingIfNeeded: 64 &- bits.leadingZeroBitCount))
    }

    /// Each step shortens every run of ones by one, so the number of steps is the length of the longest run.
    private static func longestZeroRun(_ bits: UInt64) -> Int {
        var free = ~bits
        if free == ~0 { return 64 }
        var length = 0
        while free != 0 {
            free &= free &<< 1
            length &+= 1
        }
        return length
    }

    private func longest(node: Int, size: Int) -> Int {
        size &- Int(span(node).longestLack)
    }

    /// The free run that reaches up to the current position of the search.
    private struct OpenRun {
        var start: Int
        var length: Int
    }

    private func firstRun(of count: Int, from: Int) -> Int? {
        guard from < pageCount else { return nil }
        var open = OpenRun(start: from, length: 0)
        return search(
            node: 1, start: 0, size: leafCount &* 64, wanted: count, from: from, open: &open)
    }

    private func search(
        node: Int, start: Int, size: Int, wanted: Int, from: Int, open: inout OpenRun
    ) -> Int? {
        if start &+ size <= from { return nil }
        if start >= from {
            let span = span(node)
            let prefix = size &- Int(span.prefixLack)
            if open.length == 0 { open.start = start }
            if open.length &+ prefix >= wanted { return open.start }
            if size &- Int(span.longestLack) < wanted {
                if prefix == size {
                    open.length &+= size
                } else {
                    let suffix = size &- Int(span.suffixLack)
                    open = OpenRun(start: start &+ size &- suffix, length: suffix)
                }
                return nil
            }
        }
        if size == 64 { return searchWord(node &- leafCount, wanted: wanted, from: from, open: &open) }
        let half = size / 2
        if let found = search(
            node: 2 &* node, start: start, size: half, wanted: wanted, from: from, open: &open)
        {
            return found
        }
        return search(
            node: 2 &* node &+ 1, start: start &+ half, size: half, wanted: wanted, from: from, open: &open)
    }

    private func searchWord(_ word: Int, wanted: Int, from: Int, open: inout OpenRun) -> Int? {
        guard word < wordCount else { return nil }
        var page = word &* 64
        for bit in 0..<UInt64(64) {
            if page < from || used[word] & (1 &<< bit) != 0 {
                open = OpenRun(start: page &+ 1, length: 0)
            } else {
                if open.length == 0 { open.start = page }
                open.length &+= 1
                if open.length >= wanted { return open.start }
            }
            page &+= 1
        }
        return nil
    }
}
