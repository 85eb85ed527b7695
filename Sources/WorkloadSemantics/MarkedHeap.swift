import CProcess
import Glibc
import LabBase

/// Blocks of the heap under test, every byte of which tells when it was last written. Its records are outside that heap,
/// and looking at the blocks allocates nothing.
struct MarkedHeap {
    private struct Block {
        var address: UnsafeMutableRawPointer
        var size: Int
    }

    private static let capacity = 1 << 18
    private let blocks: UnsafeMutablePointer<Block>
    private let blockCount: UnsafeMutablePointer<Int>
    private let provedCount: UnsafeMutablePointer<Int>

    /// A heap without blocks.
    init() throws(SystemCallError) {
        let bytes = Self.capacity * MemoryLayout<Block>.stride
        guard let memory = cp_map_anonymous(bytes + 64, false) else { throw SystemCallError("map notes") }
        blockCount = memory.bindMemory(to: Int.self, capacity: 2)
        provedCount = blockCount + 1
        blocks = (memory + 64).bindMemory(to: Block.self, capacity: Self.capacity)
    }

    /// The number of blocks.
    var count: Int { blockCount.pointee }

    /// The address of a block.
    subscript(index: Int) -> UnsafeMutableRawPointer { blocks[index].address }

    /// Allocates blocks of `size` bytes, `count` of them, or until malloc returns NULL. Returns how many it got.
    @discardableResult
    func allocate(_ count: Int, of size: Int) -> Int {
        for done in 0..<count {
            guard self.count < Self.capacity, let address = malloc(size) else { return done }
            blocks[self.count] = Block(address: address, size: size)
            blockCount.pointee += 1
        }
        return count
    }

    /// Frees the blocks from `first` on for which `isToGo` is true, and forgets them.
    func free(from first: Int = 0, where isToGo: (Int) -> Bool = { _ in true }) {
        var kept = first
        for index in first..<count {
            if isToGo(index) {
                Glibc.free(blocks[index].address)
            } else {
                blocks[kept] = blocks[index]
                kept += 1
            }
        }
        blockCount.pointee = kept
    }

    /// Writes `mark` to all bytes of the blocks from `first` on.
    func mark(_ mark: Int, from first: Int = 0) {
        for index in first..<count {
            memset(blocks[index].address, Self.byte(mark, index), blocks[index].size)
        }
    }

    /// How many blocks from `first` on do not have `mark` in every byte.
    func wrong(_ mark: Int, from first: Int = 0) -> Int {
        var wrong = 0
        for index in first..<count {
            let bytes = blocks[index].address.assumingMemoryBound(to: UInt8.self)
            let expected = UInt8(Self.byte(mark, index))
            // All bytes are equal if each equals its neighbour.
            let isRight =
                bytes[0] == expected && memcmp(bytes, bytes + 1, blocks[index].size - 1) == 0
            wrong += isRight ? 0 : 1
        }
        return wrong
    }

    private static func byte(_ mark: Int, _ index: Int) -> Int32 { Int32((mark &* 31 &+ index) & 0xff) }

    /// From now on the present blocks show where the heap lies. Blocks allocated after a remap may be
    /// anonymous memory at the pool's addresses, where its file has no blocks yet.
    func noteProved() { provedCount.pointee = count }

    /// The blocks among those with the lowest and the highest address; nil if there are none.
    var ends: (low: UnsafeMutableRawPointer, high: UnsafeMutableRawPointer)? {
        let proved = min(count, provedCount.pointee)
        guard proved > 0 else { return nil }
        var ends = (low: blocks[0].address, high: blocks[0].address)
        for index in 1..<proved {
            ends.low = min(ends.low, blocks[index].address)
            ends.high = max(ends.high, blocks[index].address)
        }
        return ends
    }
}
