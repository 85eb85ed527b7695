import CLinux
import Testing

@testable import AllocatorCore

private let second: UInt64 = 1_000_000_000

/// What is kept of free space, by the numbers alone.
@Suite struct KeptStepsTests {
    /// So many steps that they are not few.
    private let many = 4 * KeptSteps.least

    /// `count` steps are kept, from step 0 on.
    private func kept(_ count: Int, freeBytes: Int = .max) throws -> KeptSteps {
        let bytes = PageSet.bytesNeeded(pageCount: 2 * many)
        let memory = try Linux.map(
            at: nil, length: bytes, protection: PROT_READ | PROT_WRITE, flags: MAP_PRIVATE | MAP_ANONYMOUS,
            fd: -1)
        var kept = KeptSteps(stepCount: 2 * many, memory: memory)
        for step in 0..<count { kept.insert(step) }
        #expect(kept.mustAsk)
        kept.note(freeBytes: freeBytes)
        return kept
    }

    @Test func noMoreThanIsInUse() throws {
        let kept = try kept(many)
        #expect(kept.excess(stepsInUse: many) == 0)
        #expect(kept.excess(stepsInUse: many - 3) == 3)
    }

    @Test func aLittleIsKeptWhateverIsInUse() throws {
        #expect(try kept(KeptSteps.least).excess(stepsInUse: 0) == 0)
        #expect(try kept(KeptSteps.least + 1).excess(stepsInUse: 0) == 1)
    }

    @Test func noMoreThanAQuarterOfTheFreeSpace() throws {
        #expect(try kept(10, freeBytes: 40 * SpaceReservation.step).excess(stepsInUse: many) == 0)
        #expect(try kept(10, freeBytes: 39 * SpaceReservation.step).excess(stepsInUse: many) == 1)
        #expect(try kept(10, freeBytes: 0).excess(stepsInUse: many) == 10)
        #expect(try kept(10, freeBytes: -1).excess(stepsInUse: many) == 10)
    }

    @Test func theFileSystemIsAskedNowAndThen() throws {
        var kept = try kept(10)
        #expect(!kept.mustAsk)
        kept.insert(10)
        #expect(!kept.mustAsk)
        for step in 11..<many { kept.insert(step) }
        #expect(kept.mustAsk)
        kept.note(freeBytes: .max)
        #expect(!kept.mustAsk)
        _ = kept.unneeded(now: 5 * second)
        #expect(kept.mustAsk)
    }

    /// The first period only counts. In the second 40 of 100 are needed for a while, so 60 never are.
    @Test func halfOfWhatNobodyNeededGoes() throws {
        var kept = try kept(100)
        #expect(kept.unneeded(now: 10 * second) == 0)
        for step in 0..<40 { kept.remove(step) }
        for step in 0..<40 { kept.insert(step) }
        #expect(kept.unneeded(now: 11 * second - 1) == 0)
        #expect(kept.unneeded(now: 11 * second) == 30)
        #expect(kept.unneeded(now: 11 * second) == 0)
    }

    @Test func allOfItGoesInTheEnd() throws {
        var kept = try kept(1000)
        _ = kept.unneeded(now: 10 * second)
        #expect(kept.unneeded(now: 13 * second) == 875)
        #expect(kept.unneeded(now: 1_000_000 * second) == 1000)
        for step in 1..<1000 { kept.remove(step) }
        _ = kept.unneeded(now: 1_000_001 * second)
        #expect(kept.unneeded(now: 1_000_002 * second) == 1)
    }

    @Test func theHighestGoFirst() throws {
        var kept = try kept(10)
        kept.remove(5)
        kept.insert(200)
        #expect(kept.highestRun(most: 100) == 200..<201)
        kept.remove(200)
        #expect(kept.highestRun(most: 3) == 7..<10)
        #expect(kept.highestRun(most: 100) == 6..<10)
        #expect(kept.highestRun(most: 0) == nil)
        for step in 6..<10 { kept.remove(step) }
        #expect(kept.highestRun(most: 100) == 0..<5)
        kept.removeAll()
        #expect(kept.highestRun(most: 100) == nil)
    }
}

/// What a pool does with it.
@Suite struct KeptSpaceTests {
    private let tmpfs: StaticString = "/dev/shm"
    private let step = SpaceReservation.step
    private let least = KeptSteps.least

    private func blocks(of fd: CInt) throws -> Int { try Int(Linux.status(of: fd).st_blocks) * 512 }

    @Test(arguments: [ReservationPolicy.lazy, .asWritten])
    func whatIsFreedServesAgainWithItsBlocks(policy: ReservationPolicy) throws {
        let owned = try OwnedPool(reservation: policy, in: tmpfs)
        let fd = try owned.pool.file.descriptor()
        let run = try #require(owned.allocate(8 * step))
        memset(run.address, 7, 8 * step)
        owned.pool.release(run.address, length: 8 * step)
        #expect(try blocks(of: fd) == 8 * step)
        #expect(owned.pool.reservation.kept.count == 8)
        let again = try #require(owned.allocate(8 * step))
        #expect(again.address == run.address && !again.isFresh)
        #expect(again.address.load(fromByteOffset: 3 * step, as: UInt8.self) == 7)
        #expect(owned.pool.reservation.kept.count == 0)
    }

    @Test func whatIsTooMuchIsGivenBackAndReadsAsZero() throws {
        let owned = try OwnedPool(size: 128 << 20, in: tmpfs)
        let fd = try owned.pool.file.descriptor()
        let length = 2 * least * step
        let run = try #require(owned.allocate(length))
        memset(run.address, 7, length)
        owned.pool.release(run.address, length: length)
        #expect(try blocks(of: fd) == least * step)
        let rest = try #require(owned.allocate(length / 2, at: run.address + length / 2))
        #expect(rest.isFresh && rest.address.load(as: UInt8.self) == 0)
    }

    @Test func nothingIsTakenAheadIfThatIsAskedFor() throws {
        let owned = try OwnedPool(reservation: .asWritten)
        let fd = try owned.pool.file.descriptor()
        let run = try #require(owned.allocate(8 << 20))
        #expect(try blocks(of: fd) == 0)
        memset(run.address, 7, step)
        #expect(try blocks(of: fd) <= 2 * step)
    }

    /// The file has the blocks, but nobody uses them any more: what is handed out after the remap is anonymous.
    @Test func whatWasKeptGoesAfterARemapForGood() throws {
        let owned = try OwnedPool(in: tmpfs)
        let fd = try Linux.duplicate(owned.pool.file.descriptor(), above: 3)
        defer { Linux.close(fd) }
        let used = try #require(owned.allocate(step))
        memset(used.address, 7, step)
        let freed = try #require(owned.allocate(8 * step, at: owned.pool.base + step))
        memset(freed.address, 7, 8 * step)
        owned.pool.release(freed.address, length: 8 * step)
        #expect(try blocks(of: fd) == 9 * step)
        var attempt = ForkAttempt(mode: .privateRemap, copyPolicy: CopyPolicy(), mayAllocate: true)
        try PrivateRemap.reserveMappings(&attempt, &owned.pool)
        try PrivateRemap.prepare(&attempt, &owned.pool)
        let again = try #require(owned.allocate(2 * step))
        #expect(again.address == freed.address)
        #expect(again.address.load(as: UInt8.self) == 0)
        memset(again.address, 8, 2 * step)
        owned.pool.release(again.address, length: step)
        #expect(try blocks(of: fd) == step)
        #expect((again.address + step).load(as: UInt8.self) == 8)
        #expect(used.address.load(as: UInt8.self) == 7)
    }
}
