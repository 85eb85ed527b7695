import LabBase
import Measurement

/// A distribution of block sizes. All are multiples of 8 bytes, and at least 16.
///
/// - `small`: 16 to 256 bytes, log-uniform: strings, list nodes.
/// - `mixed`: out of 100 blocks 80 are 16 to 512 bytes, 15 are 512 bytes to 8 KiB, 5 are 8 to 64 KiB: a server.
/// - `large`: 16 KiB to 1 MiB, log-uniform: buffers.
/// - a list such as `64,1024,65536`: each size equally likely.
struct SizeDistribution: Sendable {
    private let choice: Choice

    private enum Choice: Sendable {
        /// A band is chosen by its weight out of 100, a size in it log-uniformly.
        case bands([Band])
        /// Every listed size is equally likely.
        case list([Int])
    }

    /// A range of sizes with its weight out of 100.
    private struct Band: Sendable {
        let weight: Int
        let lowest: Int
        let highest: Int
    }

    init?(_ text: String) {
        switch text {
        case "small": choice = .bands([Band(weight: 100, lowest: 16, highest: 256)])
        case "mixed":
            choice = .bands([
                Band(weight: 80, lowest: 16, highest: 512),
                Band(weight: 15, lowest: 512, highest: 8 << 10),
                Band(weight: 5, lowest: 8 << 10, highest: 64 << 10),
            ])
        case "large": choice = .bands([Band(weight: 100, lowest: 16 << 10, highest: 1 << 20)])
        default:
            let words = text.split(separator: ",", omittingEmptySubsequences: false)
            let sizes = words.compactMap { ByteCount.parse(String($0)) }
            guard sizes.count == words.count, sizes.allSatisfy({ $0 > 0 && $0 <= BlockSize.largest })
            else { return nil }
            choice = .list(sizes)
        }
    }

    /// Draws one size.
    func draw(_ random: inout SeededGenerator) -> Int {
        switch choice {
        case .list(let sizes):
            return Self.rounded(sizes[Int(random.next() % UInt64(sizes.count))])
        case .bands(let bands):
            var ticket = Int(random.next() % 100)
            for band in bands {
                if ticket < band.weight { return Self.rounded(Self.logUniform(band, random.next())) }
                ticket -= band.weight
            }
            return 16
        }
    }

    /// The smallest size a block can have is 16 bytes.
    var smallest: Int {
        switch choice {
        case .list(let sizes): Self.rounded(sizes.min() ?? 16)
        case .bands(let bands): bands.map(\.lowest).min() ?? 16
        }
    }

    private static func rounded(_ size: Int) -> Int { max(16, (size + 7) & ~7) }

    /// Draws log-uniformly without libm: a power of two in the band, then a place between it and the next.
    private static func logUniform(_ band: Band, _ number: UInt64) -> Int {
        let octaves =
            (band.highest / band.lowest).bitWidth - (band.highest / band.lowest).leadingZeroBitCount - 1
        let base = band.lowest << Int((number >> 32) % UInt64(max(1, octaves)))
        return base + Int(UInt32(truncatingIfNeeded: number)) % base
    }
}
