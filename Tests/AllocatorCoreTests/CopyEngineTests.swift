import CLinux
import Testing

@testable import AllocatorCore

/// How copies go through the extents in use, whatever a call manages at a time.
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
        // A byte at a time would take long: the first call of each range is short, the rest is done at once.
        var done: [Range<Int>] = []
        try MemoryCopy.forEachRange(of: owned.pool) { (offset, length) throws(SystemError) in
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
            try MemoryCopy.forEachRange(of: owned.pool) { (_, _) throws(SystemError) in 0 }
        }
    }

    @Test(arguments: [CopyMethod.copyFileRange, .memory, .classic])
    func whatIsInUseReachesTheCopy(method: CopyMethod) throws {
        let owned = try makePool()
        let copy = try PoolFile.create(in: owned.pool.directory, size: owned.pool.size)
        defer { copy.close() }
        var attempt = ForkAttempt(
            mode: .poolCopy, copyPolicy: CopyPolicy(forced: method), mayAllocate: false)
        try CopyEngines.reserve(&owned.pool, copy, &attempt)
        _ = try CopyEngines.copy(owned.pool, to: copy, &attempt)
        let mapped = try Linux.map(
            at: nil, length: owned.pool.size, protection: PROT_READ, flags: MAP_SHARED, fd: copy.descriptor())
        defer { try? Linux.unmap(mapped, length: owned.pool.size) }
        var isWhole = false
        try owned.pool.withAllReadable { isWhole = memcmp(mapped, owned.pool.base, owned.pool.size) == 0 }
        #expect(isWhole)
        let whole = method == .classic ? owned.pool.size : 6 * step
        #expect(attempt.report.bytesCopied + attempt.report.bytesShared == UInt64(whole))
    }
}
