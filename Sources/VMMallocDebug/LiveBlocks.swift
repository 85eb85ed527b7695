import CLinux
import Synchronization

/// Which addresses are the beginning of a live block: one bit for each 8 bytes of the pool, jemalloc's smallest alignment.
///
/// It lies outside the pool, in memory that is private to the process, and takes a sixty-fourth of what the heap touches. May
/// be called from any thread.
struct LiveBlocks {
    /// That of this process. Nil until the pool is made, and if there was no memory for it.
    nonisolated(unsafe) static var all: LiveBlocks?

    private let base: UnsafeMutableRawPointer
    private let size: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// An empty set for the pool at `base`. Throws ENOMEM.
    init(base: UnsafeMutableRawPointer, size: Int) throws(SystemError) {
        self.base = base
        self.size = size
        let memory = try Linux.map(
            at: nil, length: size / 64 &+ 8, protection: PROT_READ | PROT_WRITE,
            flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd: -1)
        // It would make core files larger by a sixty-fourth of the pool, and means nothing to their readers.
        try? Linux.advise(memory, length: size / 64 &+ 8, MADV_DONTDUMP)
        words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: size / 512 &+ 1)
    }

    /// Adds a block. False if it was there already.
    func insert(_ block: UnsafeMutableRawPointer) -> Bool {
        let bit = bit(of: block)
        return words[word(of: block)].bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue & bit == 0
    }

    /// Removes a block. False if it was not there.
    func remove(_ block: UnsafeMutableRawPointer) -> Bool {
        let bit = bit(of: block)
        return words[word(of: block)].bitwiseAnd(~bit, ordering: .acquiringAndReleasing).oldValue & bit != 0
    }

    /// Whether a block begins at this address of the pool.
    func contains(_ block: UnsafeMutableRawPointer) -> Bool {
        UInt(bitPattern: block) & 7 == 0
            && words[word(of: block)].load(ordering: .acquiring) & bit(of: block) != 0
    }

    /// Calls `body` for each block. `body` may remove it.
    func forEach(_ body: (UnsafeMutableRawPointer) -> Void) {
        for word in 0..<size / 512 {
            var bits = words[word].load(ordering: .acquiring)
            while bits != 0 {
                body(base + (word &* 512 &+ bits.trailingZeroBitCount &* 8))
                bits &= bits &- 1
            }
        }
    }

    private func word(of block: UnsafeMutableRawPointer) -> Int { (block - base) / 512 }

    private func bit(of block: UnsafeMutableRawPointer) -> UInt64 {
        1 &<< UInt64(truncatingIfNeeded: (block - base) / 8 % 64)
    }
}
