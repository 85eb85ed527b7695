import Glibc

/// A hash table from keys to values, entirely in the heap: an array of buckets, and one entry per key.
struct KeyTable {
    private struct Entry {
        var next: UnsafeMutablePointer<Entry>?
        var key: UInt64
        var value: StoredValue
    }

    private let buckets: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    private let mask: UInt64

    /// An empty table for about `keys` keys; nil if malloc returns NULL.
    init?(keys: Int) {
        var mask: UInt64 = 1
        while mask < keys { mask = mask << 1 | 1 }
        self.mask = mask
        let capacity = Int(mask) + 1
        guard let memory = calloc(capacity, MemoryLayout<UnsafeMutablePointer<Entry>?>.stride) else {
            return nil
        }
        buckets = memory.bindMemory(to: UnsafeMutablePointer<Entry>?.self, capacity: capacity)
    }

    /// Adds a new key; false if malloc returns NULL.
    func add(_ key: UInt64, _ value: StoredValue) -> Bool {
        guard let memory = malloc(MemoryLayout<Entry>.size) else { return false }
        let entry = memory.bindMemory(to: Entry.self, capacity: 1)
        let bucket = bucket(of: key)
        entry.initialize(to: Entry(next: buckets[bucket], key: key, value: value))
        buckets[bucket] = entry
        return true
    }

    /// The place of a key's value; nil if the key is not there.
    func slot(of key: UInt64) -> UnsafeMutablePointer<StoredValue>? {
        var entry = buckets[bucket(of: key)]
        while let current = entry, current.pointee.key != key { entry = current.pointee.next }
        return entry?.pointer(to: \.value)
    }

    /// The finalizer of MurmurHash3, which spreads neighbours.
    private func bucket(of key: UInt64) -> Int {
        var mixed = key
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return Int((mixed ^ (mixed >> 33)) & mask)
    }
}
