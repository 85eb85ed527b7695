import CLinux

/// Which steps of the pool a core file holds: those that pages are handed out from.
///
/// The kernel dumps a shared mapping of a file without a name whole, and a private one in which something was written
/// likewise; on tmpfs it fills the file's holes by that. So the rest of the pool is marked MADV_DONTDUMP. A step is
/// larger than what a heap grows by, or each extent would cost a system call.
///
/// Where marks meet, the kernel splits the mapping. The number of such places is bounded, as that of mappings is
/// (vm.max_map_count). Not thread-safe: `Heap` holds its lock around every call.
public struct DumpedSteps {
    /// Bytes in a step.
    static let step = 2 << 20
    /// So many separate runs of dumped steps, and no free step between them is left out any more.
    static let mostRuns = 512

    private var steps: PageSet
    private let poolSize: Int
    /// Runs of neighbours.
    private(set) var runs = 0
    /// A free step that is still dumped: who takes and gives back the same extent time and again must not pay each time.
    private var spare: Int?

    /// Bytes of zeroed memory that the steps of a pool of `poolSize` bytes need.
    static func bytesNeeded(poolSize: Int) -> Int { PageSet.bytesNeeded(pageCount: poolSize / step &+ 1) }

    /// None yet. `memory` is zeroed.
    init(poolSize: Int, memory: UnsafeMutableRawPointer) {
        self.poolSize = poolSize
        steps = PageSet(pageCount: poolSize / Self.step &+ 1, memory: memory)
    }

    // MARK: Changes

    /// Bytes of `range` were handed out. Where the kernel has no memory for the mark, the core file lacks them.
    mutating func include(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer) {
        let last = (range.upperBound &- 1) / Self.step
        var first = range.lowerBound / Self.step
        while first <= last {
            guard !steps.contains(first) else {
                first &+= 1
                continue
            }
            let end = min(steps.next(from: first) ?? Int.max, last &+ 1)
            if advise(first..<end, mappedAt: base, MADV_DODUMP) {
                runs &+= 1 &- neighbours(first..<end)
                for step in first..<end { steps.insert(step) }
            }
            first = end
        }
    }

    /// Bytes of `range` were given back: leaves out the steps of it in which no page of `map` is in use.
    mutating func exclude(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer, _ map: PageMap) {
        var first = range.lowerBound / Self.step
        var end = (range.upperBound &- 1) / Self.step &+ 1
        while first < end, !isDumpedInVain(first, map) { first &+= 1 }
        while first < end, !isDumpedInVain(end &- 1, map) { end &-= 1 }
        guard first < end else { return }
        // Free ones beside them, which were one run too many when they became free.
        while first > 0, isDumpedInVain(first &- 1, map) { first &-= 1 }
        while end &* Self.step < poolSize, isDumpedInVain(end, map) { end &+= 1 }
        let hasSpare = spare.map { ($0 < first || $0 >= end) && isDumpedInVain($0, map) } ?? false
        if !hasSpare {
            // The lowest: it is handed out next.
            spare = first
            first &+= 1
        }
        guard first < end else { return }
        let more = neighbours(first..<end) &- 1
        guard runs &+ more <= Self.mostRuns, advise(first..<end, mappedAt: base, MADV_DONTDUMP) else {
            return
        }
        runs &+= more
        for step in first..<end { steps.remove(step) }
    }

    private func isDumpedInVain(_ step: Int, _ map: PageMap) -> Bool {
        let pages = Self.step / Linux.pageSize
        let first = step &* pages
        return steps.contains(step) && map.isFree(first, count: min(pages, map.pageCount &- first))
    }

    /// How many of the two steps beside `range` are dumped.
    private func neighbours(_ range: Range<Int>) -> Int {
        let before = range.lowerBound > 0 && steps.contains(range.lowerBound &- 1)
        let after = range.upperBound &* Self.step < poolSize && steps.contains(range.upperBound)
        return (before ? 1 : 0) &+ (after ? 1 : 0)
    }

    // MARK: Mappings

    /// Leaves all of `range` out for the time being: then it is one mapping, which can be moved by one call, to where
    /// it is not dumped either.
    func suspend(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer) {
        try? Linux.advise(base + range.lowerBound, length: range.count, MADV_DONTDUMP)
    }

    /// Marks what lies in `range`, which was mapped anew and is left out as a whole.
    func resume(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer) {
        var next = steps.next(from: range.lowerBound / Self.step)
        while let first = next, first &* Self.step < range.upperBound {
            var end = first &+ 1
            while end &* Self.step < range.upperBound, steps.contains(end) { end &+= 1 }
            let start = max(first &* Self.step, range.lowerBound)
            try? Linux.advise(
                base + start, length: min(end &* Self.step, range.upperBound) &- start, MADV_DODUMP)
            next = steps.next(from: end)
        }
    }

    private func advise(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer, _ advice: CInt) -> Bool {
        let start = range.lowerBound &* Self.step
        let length = min(range.upperBound &* Self.step, poolSize) &- start
        return (try? Linux.advise(base + start, length: length, advice)) != nil
    }
}
