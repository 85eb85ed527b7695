import CProcess
import Glibc
import LabBase
import Synchronization

/// A key-value store in the heap. Its keys are the numbers below `count`.
///
/// A client sets a value by allocating a new one, writing it, and replacing the old one with it, so that a fork always
/// finds complete values. Locks, the number of forks, and the versions that the parent expects
/// are outside the heap; a child, which has one thread, uses none of them.
struct Store: HeapContents, @unchecked Sendable {
    /// Data outside the heap, private to each process.
    private struct Outside: ~Copyable {
        /// The number of forks so far: values written after the first have epoch 1.
        let epoch = Atomic<UInt16>(0)
    }

    private static let stripes = 64
    /// Each lock has its own cache line.
    private static let lockStride = 64

    private let table: KeyTable
    private let outside: UnsafeMutablePointer<Outside>
    private let locks: UnsafeMutableRawPointer
    /// The version that the parent last gave each key, in shared memory, whose page tables fork does not copy.
    private let versions: UnsafeMutablePointer<UInt32>
    private let largestValue: Int
    /// Number of keys.
    private(set) var count = 0
    /// Bytes of values and entries that malloc granted.
    private(set) var liveBytes = 0
    /// In a child, the number of the fork that made it.
    private var birth: UInt16?

    /// A store of values of `distribution`, `bytes` in total, or fewer if malloc returns NULL. Throws
    /// `SystemCallError` if there is no memory outside the heap.
    init(bytes: Int, distribution: SizeDistribution, seed: UInt64) throws(SystemCallError) {
        let sizes = Self.sizes(bytes: bytes, distribution, seed)
        let room = max(sizes.count, 1)
        guard let page = cp_map_anonymous(4096 + Self.stripes * Self.lockStride, false),
            let numbers = cp_map_anonymous(room * MemoryLayout<UInt32>.stride, true)
        else { throw SystemCallError("map what \(sizes.count) keys need outside the heap") }
        guard let table = KeyTable(keys: sizes.count) else {
            throw SystemCallError("allocate a table of \(sizes.count) keys")
        }
        self.table = table
        outside = page.bindMemory(to: Outside.self, capacity: 1)
        outside.initialize(to: Outside())
        locks = page + 4096
        versions = numbers.bindMemory(to: UInt32.self, capacity: room)
        largestValue = sizes.largest / 8
        for stripe in 0..<Self.stripes { pthread_mutex_init(lock(stripe), nil) }
        var draw = SeededGenerator(seed: seed)
        while count < sizes.count, add(bytes: Self.size(distribution, &draw)) {}
    }

    private mutating func add(bytes: Int) -> Bool {
        guard let block = malloc(bytes) else { return false }
        let value = StoredValue(block)
        value.write(
            .init(owner: Generation<Store>.firstOwner, epoch: 0, key: UInt32(count)), version: 0,
            count: bytes / 8)
        guard table.add(UInt64(count), value) else { return false }
        count += 1
        liveBytes += bytes
        return true
    }

    /// The same draws as the fill makes: how many keys there will be, and the largest value.
    private static func sizes(
        bytes: Int, _ distribution: SizeDistribution, _ seed: UInt64
    ) -> (count: Int, largest: Int) {
        var draw = SeededGenerator(seed: seed)
        var (count, total, largest) = (0, 0, 0)
        while total < bytes {
            let size = size(distribution, &draw)
            total += size
            largest = max(largest, size)
            count += 1
        }
        return (count, largest)
    }

    private static func size(_ distribution: SizeDistribution, _ draw: inout SeededGenerator) -> Int {
        max(distribution.draw(&draw), StoredValue.headBytes)
    }

    // MARK: Requests

    /// Reads the value of a key; returns whether it is the value that was last set. Safe in any thread of the parent.
    func get(_ key: Int) -> Bool {
        withLock(of: key) { slot in
            let value = slot.pointee
            return value.isWhole(largest: largestValue) && value.version == versions[key]
        }
    }

    /// Sets a key to a new value of the same length; false if malloc returns NULL. Safe in any thread of the parent.
    func set(_ key: Int) -> Bool {
        withLock(of: key) { slot in
            replace(slot, key, owner: Generation<Store>.firstOwner, epoch: epoch)
        }
    }

    /// Calls `fork`, if `quiesced` while no request is under way, and counts it in the parent.
    func around(quiesced: Bool, _ fork: () -> pid_t) -> pid_t {
        if quiesced { for stripe in 0..<Self.stripes { pthread_mutex_lock(lock(stripe)) } }
        let result = fork()
        let code = errno
        // In the child this changes its own copy, which it does not look at.
        outside.pointee.epoch.wrappingAdd(1, ordering: .relaxed)
        if quiesced { for stripe in 0..<Self.stripes { pthread_mutex_unlock(lock(stripe)) } }
        errno = code
        return result
    }

    // MARK: The phases

    func address(_ index: Int) -> UnsafeRawPointer? {
        withLock(of: index) { UnsafeRawPointer($0.pointee.words) }
    }

    func inherited(epoch: Int) -> Store? {
        var child = self
        child.birth = UInt16(truncatingIfNeeded: epoch)
        return child
    }

    func rewrite(_ range: Range<Int>, owner: UInt16, generation: UInt16) {
        for key in range {
            withLock(of: key) { slot in
                let value = slot.pointee
                value.write(
                    .init(owner: owner, epoch: epoch, key: UInt32(key)), version: nextVersion(key, value),
                    count: value.count)
            }
        }
    }

    func reallocate(_ range: Range<Int>, owner: UInt16, generation: UInt16) -> Bool {
        var granted = true
        for key in range {
            let isSet = withLock(of: key) { replace($0, key, owner: owner, epoch: epoch) }
            granted = granted && isSet
        }
        return granted
    }

    func verify(_ range: Range<Int>) -> Findings {
        var findings = Findings()
        for key in range {
            withLock(of: key) { slot in
                let value = slot.pointee
                if !value.isWhole(largest: largestValue) || value.mark.key != key {
                    findings.corrupt += 1
                } else if isForeign(value.mark) {
                    findings.foreign += 1
                } else if birth == nil && value.version != versions[key] {
                    findings.corrupt += 1
                } else {
                    findings.intact += 1
                }
            }
        }
        return findings
    }

    /// Whether a value is, in the parent, a child's; in a child, one that the parent or an older sibling wrote after its birth.
    private func isForeign(_ mark: StoredValue.Mark) -> Bool {
        guard let birth else { return mark.owner != Generation<Store>.firstOwner }
        if mark.owner == Generation<Store>.firstOwner { return mark.epoch >= birth }
        return mark.owner != birth + Generation<Store>.firstOwner
    }

    // MARK: Internals

    private var epoch: UInt16 { birth ?? outside.pointee.epoch.load(ordering: .relaxed) }

    private func replace(
        _ slot: UnsafeMutablePointer<StoredValue>, _ key: Int, owner: UInt16, epoch: UInt16
    ) -> Bool {
        let old = slot.pointee
        guard let block = malloc(old.count * 8) else { return false }
        let new = StoredValue(block)
        new.write(
            .init(owner: owner, epoch: epoch, key: UInt32(key)), version: nextVersion(key, old),
            count: old.count)
        slot.pointee = new
        free(old.words)
        return true
    }

    private func nextVersion(_ key: Int, _ old: StoredValue) -> UInt32 {
        let version = old.version &+ 1
        if birth == nil { versions[key] = version }
        return version
    }

    /// Calls `body`, under the lock, with the place of a key's value, which must exist.
    private func withLock<Result>(
        of key: Int, _ body: (UnsafeMutablePointer<StoredValue>) -> Result
    ) -> Result {
        guard birth == nil else { return body(table.slot(of: UInt64(key))!) }
        let mutex = lock(key % Self.stripes)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(table.slot(of: UInt64(key))!)
    }

    private func lock(_ stripe: Int) -> UnsafeMutablePointer<pthread_mutex_t> {
        (locks + stripe * Self.lockStride).assumingMemoryBound(to: pthread_mutex_t.self)
    }
}
