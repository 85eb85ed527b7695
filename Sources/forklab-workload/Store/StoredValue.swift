/// A value of the store, in its own block: who wrote it to which key, then contents that follow from that.
struct StoredValue {
    /// Who wrote it, and when.
    struct Mark {
        /// The process that wrote it.
        var owner: UInt16
        /// The number of forks by then.
        var epoch: UInt16
        /// The key that it belongs to.
        var key: UInt32

        fileprivate var word: UInt64 { UInt64(owner) << 48 | UInt64(epoch) << 32 | UInt64(key) }

        fileprivate init(word: UInt64) {
            owner = UInt16(truncatingIfNeeded: word >> 48)
            epoch = UInt16(truncatingIfNeeded: word >> 32)
            key = UInt32(truncatingIfNeeded: word)
        }

        init(owner: UInt16, epoch: UInt16, key: UInt32) {
            self.owner = owner
            self.epoch = epoch
            self.key = key
        }
    }

    /// The size of mark, version and length: the minimum length of a value.
    static let headBytes = 16
    /// An odd factor, so that different heads give different contents.
    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The address of the value.
    let words: UnsafeMutablePointer<UInt64>

    /// The value in `block`.
    init(_ block: UnsafeMutableRawPointer) { words = block.assumingMemoryBound(to: UInt64.self) }

    var mark: Mark { Mark(word: words[0]) }
    var version: UInt32 { UInt32(truncatingIfNeeded: words[1]) }
    /// The length in words that the value itself states.
    var count: Int { Int(words[1] >> 32) }

    /// Writes the whole value.
    func write(_ mark: Mark, version: UInt32, count: Int) {
        words[0] = mark.word
        words[1] = UInt64(count) << 32 | UInt64(version)
        let base = seed
        for position in 2..<max(2, count) { words[position] = base &+ UInt64(position) }
    }

    /// Whether the contents follow from the head, and the value is no longer than `largest` words.
    func isWhole(largest: Int) -> Bool {
        let count = count
        guard count >= 2, count <= largest else { return false }
        let base = seed
        var difference: UInt64 = 0
        for position in 2..<count { difference |= words[position] ^ (base &+ UInt64(position)) }
        return difference == 0
    }

    private var seed: UInt64 { (words[0] ^ words[1] << 7) &* Self.multiplier }
}
