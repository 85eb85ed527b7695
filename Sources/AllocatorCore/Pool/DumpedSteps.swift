import CLinux

/// Which steps of the pool go into a core file: those with pages in use.
///
/// The kernel dumps the whole of a shared mapping if its file has no name, and the whole of a private one if anything was
/// written to it. On tmpfs that fills the file's holes. So the rest of the pool is marked MADV_DONTDUMP. A step is larger
/// than the amounts by which a heap grows; otherwise each extent would cost a system call.
///
/// The kernel splits the mapping between different marks, and the number of mappings is limited (vm.max_map_count). So the
/// number of splits is bounded here. Not thread-safe: `Heap` holds its lock around every call.
public struct DumpedSteps {
    /// The size of a step in bytes.
    static let step = 2 << 20
    /// With this many separate runs of dumped steps, no more free steps between them are left out.
    static let mostRuns = 512

    private var steps: PageSet
    private let poolSize: Int
    /// The number of runs of adjacent dumped steps.
    private(set) var runs = 0
    /// A free step that is still dumped, so that taking and returning the same extent again and again costs nothing.
    private var spare: Int?

    /// The zeroed memory needed for a pool of `poolSize` bytes, in bytes.
    static func bytesNeeded(poolSize: Int) -> Int { PageSet.bytesNeeded(pageCount: poolSize / step &+ 1) }

    /// No steps. `memory` is zeroed and lives as long as the pool.
    init(poolSize: Int, memory: UnsafeMutableRawPointer) {
        self.poolSize = poolSize
        steps = PageSet(pageCount: poolSize / Self.step &+ 1, memory: memory)
    }

    // MARK: Changes

    /// To be called when the bytes of `range` are handed out. If the kernel has no memory for the mark, core files lack them.
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

    /// To be called when the bytes of `range` are returned: leaves out those of its steps with no page in use in `map`.
    mutating func exclude(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer, _ map: PageMap) {
        var first = range.lowerBound / Self.step
        var end = (range.upperBound &- 1) / Self.step &+ 1
        while first < end, !isDumpedInVain(first, map) { first &+= 1 }
        while first < end, !isDumpedInVain(end &- 1, map) { end &-= 1 }
        guard first < end else { return }
        // And free neighbours that were kept because there were too many runs.
        while first > 0, isDumpedInVain(first &- 1, map) { first &-= 1 }
        while end &* Self.step < poolSize, isDumpedInVain(end, map) { end &+= 1 }
        let hasSpare = spare.map { ($0 < first || $0 >= end) && isDumpedInVain($0, map) } ?? false
        if !hasSpare {
            // The lowest, since it is handed out next.
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

    /// Leaves out all of `range` for the time being. That makes it one mapping, which one call can move, and which is not
    /// dumped at the new place either.
    func suspend(_ range: Range<Int>, mappedAt base: UnsafeMutableRawPointer) {
        try? Linux.advise(base + range.lowerBound, length: range.count, MADV_DONTDUMP)
    }

    /// Marks the dumped steps in `range` again, all of which is left out at present.
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
