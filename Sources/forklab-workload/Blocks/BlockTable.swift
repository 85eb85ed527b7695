import CProcess
import Glibc
import LabBase

/// The blocks of one process, with a record of what it last wrote into each.
///
/// The table is in shared anonymous memory, outside the heap: mode 0 cannot corrupt it, and fork() does
/// not copy its page tables, so that it adds nothing to what is measured. Each process that writes has its
/// own table.
struct BlockTable: HeapContents {
    /// A block and the stamp that it must contain.
    struct Block {
        var address: UnsafeMutablePointer<UInt64>?
        var words: UInt32
        var owner: UInt16
        var generation: UInt16
    }

    private let blocks: UnsafeMutablePointer<Block>
    private let capacity: Int
    /// Number of blocks in use.
    private(set) var count = 0

    /// A table with room for `capacity` blocks; untouched room costs nothing.
    init(capacity: Int) throws(SystemCallError) {
        guard let memory = cp_map_anonymous(capacity * MemoryLayout<Block>.stride, true) else {
            throw SystemCallError("map a table of \(capacity) blocks")
        }
        blocks = memory.bindMemory(to: Block.self, capacity: capacity)
        self.capacity = capacity
    }

    /// A separate table for this process with the same blocks; nil if there is no memory for it.
    func inherited(epoch: Int) -> BlockTable? {
        guard var copy = try? BlockTable(capacity: max(count, 1)) else { return nil }
        copy.blocks.update(from: blocks, count: count)
        copy.count = count
        return copy
    }

    /// Unmaps the table, not its blocks.
    func discard() { munmap(blocks, capacity * MemoryLayout<Block>.stride) }

    /// The address of block `index`.
    func address(_ index: Int) -> UnsafeRawPointer? { blocks[index].address.map { UnsafeRawPointer($0) } }

    /// The size of block `index`.
    func bytes(_ index: Int) -> Int { Int(blocks[index].words) * 8 }

    /// How many blocks contain what their own first words say, whoever wrote them: a block that is just being
    /// written does not.
    var wholeBlocks: Int {
        (0..<count).count { index in
            guard let words = blocks[index].address else { return false }
            return words[0] & 0xFFFF_FFFF == UInt64(index)
                && Self.holds(words, count: Int(blocks[index].words), tag: words[0])
        }
    }

    /// Writes unowned values to the first `number` blocks, without recording them.
    func scribble(over number: Int) {
        for index in 0..<number { blocks[index].address?[0] = ~0 }
    }

    /// Allocates blocks until `bytes` are live; returns the bytes that malloc granted before it returned NULL.
    mutating func fill(bytes: Int, distribution: SizeDistribution, seed: UInt64, owner: UInt16) -> Int {
        var random = SeededGenerator(seed: seed)
        var live = 0
        while live < bytes, count < capacity {
            let size = distribution.draw(&random)
            guard let memory = malloc(size) else { break }
            blocks[count] = Block(
                address: memory.assumingMemoryBound(to: UInt64.self), words: UInt32(size / 8), owner: owner,
                generation: 0)
            stamp(count)
            count += 1
            live += size
        }
        return live
    }

    /// Rewrites every block in `range` in place, as `owner` in `generation`.
    func rewrite(_ range: Range<Int>, owner: UInt16, generation: UInt16) {
        for index in range {
            blocks[index].owner = owner
            blocks[index].generation = generation
            stamp(index)
        }
    }

    /// Frees every block in `range`, then allocates blocks of the same sizes; false if malloc returns NULL.
    func reallocate(_ range: Range<Int>, owner: UInt16, generation: UInt16) -> Bool {
        for index in range {
            free(blocks[index].address)
            blocks[index].address = nil
        }
        var granted = true
        for index in range {
            let memory = malloc(Int(blocks[index].words) * 8)
            blocks[index].address = memory?.assumingMemoryBound(to: UInt64.self)
            blocks[index].owner = owner
            blocks[index].generation = generation
            if memory != nil { stamp(index) } else { granted = false }
        }
        return granted
    }

    /// Reads every word of the blocks in `range` and reports what they contain.
    func verify(_ range: Range<Int>) -> Findings {
        var findings = Findings()
        for index in range {
            guard let words = blocks[index].address else { continue }
            let count = Int(blocks[index].words)
            if Self.holds(words, count: count, tag: tag(index)) {
                findings.intact += 1
            } else if words[0] & 0xFFFF_FFFF == UInt64(index), Self.holds(words, count: count, tag: words[0])
            {
                findings.foreign += 1
            } else {
                findings.corrupt += 1
            }
        }
        return findings
    }

    /// Owner and generation above the block's number: the first word tells whose block this is.
    private func tag(_ index: Int) -> UInt64 {
        UInt64(blocks[index].owner) << 48 | UInt64(blocks[index].generation) << 32 | UInt64(index)
    }

    private func stamp(_ index: Int) {
        guard let words = blocks[index].address else { return }
        let tag = tag(index)
        words[0] = tag
        let base = tag &* Self.multiplier
        for position in 1..<Int(blocks[index].words) { words[position] = base &+ UInt64(position) }
    }

    private static func holds(_ words: UnsafeMutablePointer<UInt64>, count: Int, tag: UInt64) -> Bool {
        let base = tag &* multiplier
        var difference = words[0] ^ tag
        for position in 1..<count { difference |= words[position] ^ (base &+ UInt64(position)) }
        return difference == 0
    }

    /// An odd factor, so that different tags give different words.
    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
}
