import CLinux
import Testing

@testable import AllocatorCore

/// The child's pool file, as far as reserve has made it.
func reservedFile(of attempt: borrowing ForkAttempt) throws -> DescriptorReference {
    let file: DescriptorReference? =
        switch attempt.copy {
        case .some(let copy): copy.file.reference
        case nil: nil
        }
    return try #require(file)
}

/// Reserve copies nothing yet, and holds no lock while it takes the copy's space: other threads go on allocating.
@Suite struct ReserveTests {
    private let length = 4 * SpaceReservation.step

    /// A heap in /tmp whose forks copy.
    private func makeHeap(size: Int) throws -> Heap {
        let variables = [
            "VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=\(size)", "VMMALLOC_FORK=2",
            "VMMALLOC_POOL_RESERVE=lazy", "VMMALLOC_FORK_COPY=memory",
        ]
        // The heap points into it.
        let block = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: variables.count + 1)
        for (index, variable) in variables.enumerated() { block[index] = strdup(variable) }
        block[variables.count] = nil
        return try Heap.create(Configuration.read(from: Environment(block)), log: nil)
    }

    /// One of two distant runs is in use at any moment: so whenever the map is looked at, there is one to take blocks for.
    @Test func aRunThatMovesIsNeverMissed() throws {
        let heap = try makeHeap(size: 64 << 30)
        let places = [heap.base, heap.base + (60 << 30)]
        var zeroed = false
        _ = try #require(heap.allocate(length, alignment: 4096, at: places[0], zeroed: &zeroed))
        var from = 0
        let mover = try TestThread(repeating: {
            // The new place before the old one is given back.
            var zeroed = false
            let run = heap.allocate(length, alignment: 4096, at: places[1 - from], zeroed: &zeroed)
            if run == nil { Issue.record("no room for the run") }
            heap.release(places[from], length: length)
            from = 1 - from
        })
        defer { mover.end() }
        for _ in 0..<100 {
            let attempt = try heap.reserveFork()
            let blocks = try Int(Linux.status(of: reservedFile(of: attempt).descriptor()).st_blocks) * 512
            #expect(blocks >= length)
        }
    }

    @Test func thePageMapIsReadUnderTheLock() throws {
        let owned = try OwnedPool()
        let word = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        word.pointee = 0
        defer { word.deallocate() }
        let lock = Mutex(at: word)
        let source = CopySource(of: owned.pool, lock: lock)
        var seen: Range<Int>?
        lock.lock()
        let reader = try TestThread(once: { seen = source.nextStepsInUse(from: 0) })
        // The lower half is the lock's state: 2 when somebody waits.
        while linux_load_acquire(word) & 3 != 2, !reader.hasEnded {}
        _ = owned.allocate(length, at: owned.pool.base)
        lock.unlock()
        reader.end()
        #expect(seen == 0..<length)
    }

    /// Other threads allocate and fork between reserve's look at the pool and the copy.
    @Test func whatReserveHasOfThePoolIsAValue() throws {
        let owned = try OwnedPool()
        _ = owned.allocate(length, at: owned.pool.base)
        let source = CopySource(of: owned.pool, lock: nil)
        _ = owned.allocate(8 << 20)
        owned.pool.noteReflinks(false)
        #expect(source.bytesInUse == length)
        #expect(source.highWaterMark == Pool.highWaterStep)
        #expect(source.canReflink == nil)
    }

    /// What one fork was told long ago does not outweigh what another has found since.
    @Test(arguments: [nil, true])
    func aNoToSharedBlocksStands(earlier: Bool?) throws {
        let owned = try OwnedPool()
        owned.pool.noteReflinks(earlier)
        var attempt = ForkAttempt(
            mode: .poolCopy, copyPolicy: CopyPolicy(forced: .memory), mayAllocate: false)
        try PoolCopy.reserveMappings(&attempt, &owned.pool)
        try PoolCopy.reserve(&attempt, CopySource(of: owned.pool, lock: nil))
        owned.pool.noteReflinks(false)
        try PoolCopy.prepare(&attempt, &owned.pool)
        #expect(owned.pool.canReflink == false)
    }

    @Test func whatAForkFindsOutIsKept() throws {
        let owned = try OwnedPool()
        var attempt = ForkAttempt(mode: .poolCopy, copyPolicy: CopyPolicy(), mayAllocate: false)
        try PoolCopy.reserveMappings(&attempt, &owned.pool)
        try PoolCopy.reserve(&attempt, CopySource(of: owned.pool, lock: nil))
        #expect(owned.pool.canReflink == nil)
        try PoolCopy.prepare(&attempt, &owned.pool)
        #expect(owned.pool.canReflink != nil)
    }
}
