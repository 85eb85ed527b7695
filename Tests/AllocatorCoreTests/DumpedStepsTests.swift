import CLinux
import Foundation
import Testing

@testable import AllocatorCore

/// Steps over memory that is not part of a pool, compared with what the kernel says about it.
private final class MarkedMemory {
    let size: Int
    let base: UnsafeMutableRawPointer
    var map: PageMap
    var dumped: DumpedSteps
    private let notes: [UnsafeMutableRawPointer]

    var stepCount: Int { (size + DumpedSteps.step - 1) / DumpedSteps.step }

    init(size: Int) throws {
        self.size = size
        // Neighbours of a different kind, since the kernel would merge mappings that are alike.
        let memory = try Linux.map(
            at: nil, length: size + 2 * Linux.pageSize, protection: PROT_READ,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd: -1)
        base = memory + Linux.pageSize
        try Linux.protect(base, length: size, PROT_READ | PROT_WRITE)
        notes = [
            PageMap.bytesNeeded(pageCount: size / Linux.pageSize), DumpedSteps.bytesNeeded(poolSize: size),
        ]
        .map { .allocate(byteCount: $0, alignment: 8) }
        memset(notes[0], 0, PageMap.bytesNeeded(pageCount: size / Linux.pageSize))
        memset(notes[1], 0, DumpedSteps.bytesNeeded(poolSize: size))
        map = PageMap(pageCount: size / Linux.pageSize, memory: notes[0])
        dumped = DumpedSteps(poolSize: size, memory: notes[1])
        dumped.suspend(0..<size, mappedAt: base)
    }

    deinit {
        try? Linux.unmap(base - Linux.pageSize, length: size + 2 * Linux.pageSize)
        for note in notes { note.deallocate() }
    }

    func take(_ pages: Range<Int>) {
        map.take(pages.lowerBound, count: pages.count)
        dumped.include(bytes(pages), mappedAt: base)
    }

    func release(_ pages: Range<Int>) {
        map.release(pages.lowerBound, count: pages.count)
        dumped.exclude(bytes(pages), mappedAt: base, map)
    }

    private func bytes(_ pages: Range<Int>) -> Range<Int> {
        pages.lowerBound * Linux.pageSize..<pages.upperBound * Linux.pageSize
    }

    /// The mappings in the memory, and whether the kernel dumps each. Source: proc(5), "dd" of VmFlags.
    func mappings() throws -> [(range: Range<Int>, isDumped: Bool)] {
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let text = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
        let start = Int(bitPattern: base)
        var found: [(Range<Int>, Bool)] = []
        var range: Range<Int>?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("VmFlags:") {
                if let range { found.append((range, !line.split(separator: " ").contains("dd"))) }
                range = nil
            } else if let first = line.split(separator: " ").first, first.contains("-") {
                let ends = first.split(separator: "-").compactMap { Int($0, radix: 16) }
                guard ends.count == 2, ends[0] >= start, ends[1] <= start + size else { continue }
                range = ends[0] - start..<ends[1] - start
            }
        }
        return found
    }

    /// The steps that are dumped whole. nil if a mapping ends within a step.
    func dumpedSteps() throws -> Set<Int>? {
        var steps: Set<Int> = []
        for (range, isDumped) in try mappings() {
            guard range.lowerBound % DumpedSteps.step == 0,
                range.upperBound % DumpedSteps.step == 0 || range.upperBound == size
            else { return nil }
            guard isDumped else { continue }
            steps.formUnion(
                range.lowerBound / DumpedSteps.step..<(range.upperBound + DumpedSteps.step - 1)
                    / DumpedSteps.step)
        }
        return steps
    }

    var stepsInUse: Set<Int> {
        let pages = DumpedSteps.step / Linux.pageSize
        return Set(
            (0..<stepCount).filter {
                !map.isFree($0 * pages, count: min(pages, map.pageCount - $0 * pages))
            })
    }
}

private func runs(_ steps: Set<Int>) -> Int { steps.count { !steps.contains($0 - 1) } }

@Suite struct DumpedStepsTests {
    @Test func theKernelDumpsWhatIsInUseAndAtMostOneFreeStep() throws {
        // The last step is not a whole one.
        let memory = try MarkedMemory(size: 64 << 20 + 3 * Linux.pageSize)
        var random = SplitMix64(state: 13)
        var taken: [Range<Int>] = []
        for round in 0..<600 {
            let count = Int.random(in: 1...1500, using: &random)
            if Bool.random(using: &random), let first = memory.map.findFree(count) {
                memory.take(first..<first + count)
                taken.append(first..<first + count)
            } else if !taken.isEmpty {
                memory.release(taken.remove(at: Int.random(in: 0..<taken.count, using: &random)))
            }
            guard round % 7 == 0 else { continue }
            let steps = try #require(try memory.dumpedSteps(), "a mapping ends within a step")
            #expect(steps.isSuperset(of: memory.stepsInUse))
            #expect(steps.subtracting(memory.stepsInUse).count <= 1)
            #expect(memory.dumped.runs == runs(steps))
        }
    }

    @Test func suspendedItIsOneMappingAndResumedAsItWas() throws {
        let memory = try MarkedMemory(size: 64 << 20)
        let pages = DumpedSteps.step / Linux.pageSize
        for step in 0..<32 where step % 3 != 1 { memory.take(step * pages + 5..<step * pages + 9) }
        let steps = try memory.dumpedSteps()
        #expect(try memory.mappings().count > 10)
        memory.dumped.suspend(0..<memory.size, mappedAt: memory.base)
        #expect(try memory.mappings().map(\.range) == [0..<memory.size])
        #expect(try memory.dumpedSteps() == [])
        // In two parts, neither of which begins at a step.
        let middle = 7 * DumpedSteps.step + 6 * Linux.pageSize
        memory.dumped.resume(0..<middle, mappedAt: memory.base)
        memory.dumped.resume(middle..<memory.size, mappedAt: memory.base)
        #expect(try memory.dumpedSteps() == steps)
    }

    @Test func theNumberOfMappingsIsBounded() throws {
        let memory = try MarkedMemory(size: 8 << 30)
        let pages = DumpedSteps.step / Linux.pageSize
        for step in 0..<memory.stepCount { memory.take(step * pages..<(step + 1) * pages) }
        for step in stride(from: 0, to: memory.stepCount, by: 2) {
            memory.release(step * pages..<(step + 1) * pages)
        }
        #expect(memory.dumped.runs == DumpedSteps.mostRuns)
        #expect(try memory.mappings().count == 2 * DumpedSteps.mostRuns - 1)
        // Steps that would be one run too many are left out together with their neighbours.
        for step in stride(from: 1, to: memory.stepCount, by: 2) {
            memory.release(step * pages..<(step + 1) * pages)
        }
        #expect(try memory.dumpedSteps()?.count == 1)
        #expect(memory.dumped.runs == 1)
    }
}
