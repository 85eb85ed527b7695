import LabBase
import Measurement

/// The requests of one client: reads and writes of keys that are not equally popular.
struct StoreRequests {
    private let store: Store
    private let zipf: ZipfDistribution
    private let reads: UInt64
    private var random: SeededGenerator

    /// Requests for keys by Zipf's law with `exponent`, of which a share `readShare` (0 to 1) are reads.
    init(_ store: Store, exponent: Double, readShare: Double, seed: UInt64) {
        self.store = store
        zipf = ZipfDistribution(count: store.count, exponent: exponent)
        reads = UInt64(readShare * 0x1p32)
        random = SeededGenerator(seed: seed)
    }

    /// Makes the next request; returns whether it was answered correctly.
    mutating func next() -> Bool {
        let key = key(ofRank: zipf.draw(&random))
        return random.next() >> 32 < reads ? store.get(key) : store.set(key)
    }

    /// Spreads the popular keys over the heap, as YCSB does. The factor is prime, so that each rank gives a different key.
    private func key(ofRank rank: Int) -> Int { rank &* 2_654_435_761 % store.count }
}
