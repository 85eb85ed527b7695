import Testing

@testable import AllocatorCore

/// A page map with its own memory, which is freed with it.
private final class OwnedPageMap {
    var map: PageMap
    private let memory: UnsafeMutableRawPointer

    init(pageCount: Int) {
        let bytes = PageMap.bytesNeeded(pageCount: pageCount)
        memory = .allocate(byteCount: bytes, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        map = PageMap(pageCount: pageCount, memory: memory)
    }

    deinit { memory.deallocate() }
}

/// The same questions, answered by looking at every page.
private struct NaivePageMap {
    var used: [Bool]

    func findFree(_ count: Int, alignment: Int) -> Int? {
        stride(from: 0, through: used.count - count, by: alignment).first { first in
            used[first..<(first + count)].allSatisfy { !$0 }
        }
    }

    var longestFreeRun: Int {
        var longest = 0
        var length = 0
        for isUsed in used {
            length = isUsed ? 0 : length + 1
            longest = max(longest, length)
        }
        return longest
    }

    func nextUsed(from page: Int, gap: Int) -> Range<Int>? {
        guard let first = used[page...].firstIndex(of: true) else { return nil }
        var end = used[first...].firstIndex(of: false) ?? used.count
        while end < used.count, let next = used[end...].firstIndex(of: true), next - end <= gap {
            end = used[next...].firstIndex(of: false) ?? used.count
        }
        return first..<end
    }
}

@Suite struct PageMapTests {
    @Test(arguments: [1, 63, 64, 65, 127, 128, 129, 3584, 4096, 5000])
    func startsFreeToTheLastPage(pageCount: Int) {
        let owned = OwnedPageMap(pageCount: pageCount)
        #expect(owned.map.longestFreeRun == pageCount)
        #expect(owned.map.findFree(pageCount) == 0)
        #expect(owned.map.findFree(pageCount + 1) == nil)
        #expect(owned.map.isFree(0, count: pageCount))
        #expect(!owned.map.isFree(0, count: pageCount + 1))
        #expect(owned.map.nextUsed(from: 0) == nil)
    }

    @Test func hugePoolCostsNoTimeOrMemoryBeforeUse() {
        let pageCount = Configuration.maximumPoolSize / Linux.pageSize
        #expect(PageMap.bytesNeeded(pageCount: pageCount) < Configuration.maximumPoolSize / 1000)
    }

    @Test func neighboursCoalesce() {
        let owned = OwnedPageMap(pageCount: 1000)
        owned.map.take(0, count: 1000)
        #expect(owned.map.findFree(1) == nil)
        owned.map.release(100, count: 50)
        owned.map.release(200, count: 50)
        #expect(owned.map.findFree(51) == nil)
        owned.map.release(150, count: 50)
        #expect(owned.map.findFree(150) == 100)
    }

    @Test func freshMeansNeverHandedOut() {
        let owned = OwnedPageMap(pageCount: 256)
        let firstTime = owned.map.take(10, count: 5)
        #expect(firstTime)
        owned.map.release(10, count: 5)
        let overlapping = owned.map.take(14, count: 5)
        #expect(!overlapping)
        owned.map.release(14, count: 5)
        owned.map.cleanse(0, count: 64)
        let cleansed = owned.map.take(0, count: 64)
        #expect(cleansed)
    }

    @Test func peakIsRemembered() {
        let owned = OwnedPageMap(pageCount: 256)
        owned.map.take(0, count: 200)
        owned.map.release(0, count: 150)
        #expect(owned.map.pagesInUse == 50)
        #expect(owned.map.peakPagesInUse == 200)
    }

    @Test(arguments: [(64, 1 as UInt64), (200, 2), (1000, 3), (4096, 4), (3000, 5)])
    func agreesWithTheNaiveMap(pageCount: Int, seed: UInt64) {
        let owned = OwnedPageMap(pageCount: pageCount)
        var naive = NaivePageMap(used: Array(repeating: false, count: pageCount))
        var runs: [Range<Int>] = []
        var random = SplitMix64(state: seed)
        for _ in 0..<3000 {
            if runs.isEmpty || random.next() % 5 < 3 {
                let count = 1 + Int(random.next() % UInt64(max(2, pageCount / 12)))
                let alignment = 1 << Int(random.next() % 6)
                let found = owned.map.findFree(count, alignment: alignment)
                #expect(found == naive.findFree(count, alignment: alignment))
                guard let found else { continue }
                owned.map.take(found, count: count)
                for page in found..<(found + count) { naive.used[page] = true }
                runs.append(found..<(found + count))
            } else {
                let run = runs.remove(at: Int(random.next() % UInt64(runs.count)))
                // Part of a run may be given back, as jemalloc's split extents are.
                let end = run.lowerBound + 1 + Int(random.next() % UInt64(run.count))
                owned.map.release(run.lowerBound, count: end - run.lowerBound)
                for page in run.lowerBound..<end { naive.used[page] = false }
                if end < run.upperBound { runs.append(end..<run.upperBound) }
            }
            #expect(owned.map.longestFreeRun == naive.longestFreeRun)
            let page = Int(random.next() % UInt64(pageCount))
            let gap = Int(random.next() % 4)
            #expect(owned.map.nextUsed(from: page, gap: gap) == naive.nextUsed(from: page, gap: gap))
        }
        #expect(owned.map.pagesInUse == naive.used.filter { $0 }.count)
    }

    /// From any page the next one is found, however much lies between: whole spans of free words are skipped.
    @Test(arguments: [64, 65, 64 * 64, 100_000, 1 << 17])
    func pagesFarApartAreFound(pageCount: Int) {
        let owned = OwnedPageMap(pageCount: pageCount)
        var random = SplitMix64(state: 7)
        var taken: Set<Int> = []
        for _ in 0..<12 {
            taken.insert(Int(random.next() % UInt64(pageCount)))
        }
        taken.insert(pageCount - 1)
        for page in taken { owned.map.take(page, count: 1) }
        var removed = taken.sorted()
        while let last = removed.popLast() {
            var seen: [Int] = []
            var next = owned.map.nextUsed(from: 0)
            while let range = next {
                seen += Array(range)
                next = owned.map.nextUsed(from: range.upperBound)
            }
            #expect(seen == taken.sorted())
            owned.map.release(last, count: 1)
            taken.remove(last)
        }
        #expect(owned.map.nextUsed(from: 0) == nil)
    }
}
