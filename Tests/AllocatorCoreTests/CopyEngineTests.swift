import CLinux
import Testing

@testable import AllocatorCore

/// How copies go through the extents in use, however much each call manages.
@Suite struct CopyEngineTests {
    private let step = SpaceReservation.step

    /// Two runs in use, farther apart than ranges that are copied as one.
    private func makePool() throws -> OwnedPool {
        let owned = try OwnedPool(size: 32 << 20)
        for offset in [step, 20 * step] {
            let run = try #require(owned.allocate(3 * step, at: owned.pool.base + offset))
            for word in 0..<(3 * step / 8) {
                run.address.storeBytes(of: offset &+ word, toByteOffset: word * 8, as: Int.self)
            }
        }
        return owned
    }

    @Test(arguments: [1, 4095, 4096, 100_000, 3 * SpaceReservation.step, .max])
    func shortCountsAreResumed(most: Int) throws {
        let owned = try makePool()
        // A byte at a time would take too long: the first call of each range is short, the rest is done at once.
        var done: [Range<Int>] = []
        try CopySource(of: owned.pool, lock: nil).forEachRange { (offset, length) throws(SystemError) in
            let isFirst = done.last?.upperBound != offset
            let count = isFirst ? min(most, length) : length
            done.append(offset..<(offset + count))
            return count
        }
        var covered: [Range<Int>] = []
        for part in done {
            if covered.last?.upperBound == part.lowerBound {
                covered[covered.count - 1] = covered[covered.count - 1].lowerBound..<part.upperBound
            } else {
                covered.append(part)
            }
        }
        #expect(covered == [step..<4 * step, 20 * step..<23 * step])
    }

    @Test func aCallThatManagesNothingIsAnError() throws {
        let owned = try makePool()
        #expect(throws: SystemError(EIO)) {
            try CopySource(of: owned.pool, lock: nil).forEachRange { (_, _) throws(SystemError) in 0 }
        }
    }

    @Test(arguments: [CopyMethod.copyFileRange, .memory, .classic])
    func whatIsInUseReachesTheCopy(method: CopyMethod) throws {
        let owned = try makePool()
        let source = CopySource(of: owned.pool, lock: nil)
        var copy = CopyTarget(
            try PoolFile.create(in: source.directory, size: source.size), policy: CopyPolicy(forced: method))
        try CopyEngines.reserve(source, &copy, mayAllocate: false)
        _ = try CopyEngines.copy(source, to: &copy)
        let mapped = try Linux.map(
            at: nil, length: source.size, protection: PROT_READ, flags: MAP_SHARED,
            fd: copy.file.descriptor())
        defer { try? Linux.unmap(mapped, length: owned.pool.size) }
        var isWhole = false
        try source.withAllReadable { isWhole = memcmp(mapped, owned.pool.base, owned.pool.size) == 0 }
        #expect(isWhole)
        let whole = method == .classic ? owned.pool.size : 6 * step
        #expect(copy.bytesCopied + copy.bytesShared == UInt64(whole))
    }
}
