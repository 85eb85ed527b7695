import CProcess
import Glibc
import LabBase

/// A heap filled up to the last block that malloc grants. Its records are outside the heap.
struct FullHeap {
    private struct Block {
        var address: UnsafeMutableRawPointer
        var size: Int
    }

    private let blocks: UnsafeMutablePointer<Block>
    /// Sizes drawn in advance, and used in a ring: with a full heap Swift's runtime could not draw any.
    private let sizes: UnsafeMutablePointer<Int>
    private static let sizeCount = 1 << 20
    private var nextSize = 0
    private var count = 0
    private var random: SeededGenerator

    /// Bytes of the blocks, as requested from malloc.
    private(set) var liveBytes = 0

    /// An empty heap in a pool of `poolSize` bytes.
    init(poolSize: Int, sizes: SizeDistribution, seed: UInt64) throws(SystemCallError) {
        // The smallest block is 16 bytes.
        let capacity = poolSize / 16
        guard let memory = cp_map_anonymous(capacity * MemoryLayout<Block>.stride, false),
            let drawn = cp_map_anonymous(Self.sizeCount * MemoryLayout<Int>.stride, false)
        else { throw SystemCallError("map the notes of \(capacity) blocks") }
        blocks = memory.bindMemory(to: Block.self, capacity: capacity)
        self.sizes = drawn.bindMemory(to: Int.self, capacity: Self.sizeCount)
        random = SeededGenerator(seed: seed)
        for index in 0..<Self.sizeCount { self.sizes[index] = sizes.draw(&random) }
    }

    /// Allocates until malloc returns NULL.
    mutating func fill() { while allocate() {} }

    /// Frees random blocks and allocates others, `bytes` in total: one for one, or as many as it takes.
    mutating func churn(bytes: Int) {
        var allocated = 0
        while allocated < bytes {
            release(Int(random.next() % UInt64(max(1, count))))
            let before = liveBytes
            while allocate() {}
            // Even if nothing fits the run goes on, and ends.
            allocated += max(liveBytes - before, 16)
        }
    }

    /// Frees all blocks, in random order.
    mutating func empty() {
        while count > 0 { release(Int(random.next() % UInt64(count))) }
    }

    private mutating func allocate() -> Bool {
        let size = sizes[nextSize]
        nextSize = (nextSize + 1) % Self.sizeCount
        guard let address = malloc(size) else { return false }
        memset(address, 0x5A, size)
        blocks[count] = Block(address: address, size: size)
        count += 1
        liveBytes += size
        return true
    }

    private mutating func release(_ index: Int) {
        guard index < count else { return }
        free(blocks[index].address)
        liveBytes -= blocks[index].size
        count -= 1
        blocks[index] = blocks[count]
    }
}
