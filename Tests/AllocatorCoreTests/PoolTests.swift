import CLinux
import Testing

@testable import AllocatorCore

private func blocks(of file: borrowing PoolFile) throws -> Int {
    try Int(Linux.status(of: file.descriptor()).st_blocks) * 512
}

@Suite struct PoolTests {
    @Test func fileHasNoNameAndIsPrivateToItsOwner() throws {
        let owned = try OwnedPool()
        let fd = try owned.pool.file.descriptor()
        let status = try Linux.status(of: fd)
        #expect(status.st_nlink == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(fd > 2)
    }

    @Test func fixedAddressesAreHonouredOrRefused() throws {
        let owned = try OwnedPool()
        let first = try #require(owned.allocate(8192))
        let next = first.address + 8192
        #expect(owned.allocate(4096, at: first.address) == nil)
        #expect(owned.allocate(4096, at: next)?.address == next)
        #expect(owned.allocate(4096, at: owned.pool.base - 4096) == nil)
        #expect(owned.allocate(8192, at: owned.pool.base + (owned.pool.size - 4096)) == nil)
    }

    /// A kernel read under way completes in a page of the file: nobody may have a copy of that page by then.
    @Test func aRemapCopiesNoPage() throws {
        let owned = try OwnedPool()
        let run = try #require(owned.allocate(65536))
        memset(run.address, 1, 65536)
        let file = try Linux.duplicate(owned.pool.file.descriptor(), above: 3)
        defer { Linux.close(file) }
        var attempt = ForkAttempt(
            mode: .privateRemap, copyPolicy: CopyPolicy(), mayAllocate: true)
        try PrivateRemap.reserveMappings(&attempt, &owned.pool)
        try PrivateRemap.prepare(&attempt, &owned.pool)
        #expect(owned.pool.sharing == .remappedPrivate)
        let bytes = [UInt8](repeating: 2, count: 65536)
        #expect(
            try bytes.withUnsafeBytes {
                try Linux.write(
                    $0.baseAddress!, length: 65536, to: file, offset: run.address - owned.pool.base)
            } == 65536)
        #expect(memcmp(run.address, bytes, 65536) == 0)
    }

    @Test(arguments: [4096, 65536, 2 << 20, 4 << 20])
    func alignmentIsOfAddresses(alignment: Int) throws {
        let owned = try OwnedPool()
        _ = owned.allocate(4096)
        let run = try #require(owned.allocate(12288, alignment: alignment))
        #expect(UInt(bitPattern: run.address) % UInt(alignment) == 0)
    }

    @Test func sizesThatCannotBeAreRefusedWithoutATrap() throws {
        let owned = try OwnedPool()
        for size in [0, -4096, 1, 4097, Int.max, Int.min, Int.max & ~4095, owned.pool.size + 4096] {
            #expect(owned.allocate(size) == nil)
        }
        #expect(owned.allocate(4096, alignment: 1 << 62) == nil)
    }

    @Test func nothingBehindTheHighWaterMarkIsAccessible() throws {
        let owned = try OwnedPool()
        let fd = try owned.pool.file.descriptor()
        func isReadable(_ offset: Int) -> Bool {
            // The kernel reports EFAULT where the program would get SIGSEGV.
            (try? Linux.write(owned.pool.base + offset, length: 4096, to: fd, offset: offset)) != nil
        }
        #expect(owned.pool.highWaterMark == 0)
        #expect(!isReadable(0))
        let run = try #require(owned.allocate(5 << 20))
        #expect(owned.pool.highWaterMark == 8 << 20)
        #expect(isReadable((8 << 20) - 4096))
        #expect(!isReadable(8 << 20))
        owned.pool.release(run.address, length: 5 << 20)
        #expect(owned.pool.highWaterMark == 8 << 20)
        _ = try #require(owned.allocate(owned.pool.size))
        #expect(owned.pool.highWaterMark == owned.pool.size)
    }

    @Test func lazySpaceIsTakenInStepsAndGivenBack() throws {
        let owned = try OwnedPool()
        #expect(try blocks(of: owned.pool.file) == 0)
        let run = try #require(owned.allocate(1 << 20))
        #expect(try blocks(of: owned.pool.file) == 1 << 20)
        memset(run.address, 7, 1 << 20)
        owned.pool.release(run.address, length: 1 << 20)
        owned.pool.giveBackKept()
        #expect(try blocks(of: owned.pool.file) == 0)
        let again = try #require(owned.allocate(4096))
        #expect(again.isFresh)
        #expect(again.address.load(as: UInt8.self) == 0)
    }

    /// MADV_REMOVE cannot punch through a private page: its whole step keeps its blocks.
    @Test func aStepWithAPrivatePageKeepsItsBlocks() throws {
        let owned = try OwnedPool()
        let step = SpaceReservation.step
        let run = try #require(owned.allocate(3 * step, at: owned.pool.base))
        memset(run.address, 7, 3 * step)
        owned.pool.noteWrittenByChild(run.address + (step + 5 * 4096), length: 1)
        try owned.pool.separatePagesWrittenByChild()
        owned.pool.release(run.address, length: 3 * step)
        owned.pool.giveBackKept()
        #expect(try blocks(of: owned.pool.file) == step)
        #expect(owned.allocate(step, at: owned.pool.base)?.isFresh == true)
        #expect(owned.allocate(step, at: owned.pool.base + step)?.isFresh == false)
    }

    /// The same if the page has become private since.
    @Test func aKeptStepWithAPrivatePageKeepsItsBlocks() throws {
        let owned = try OwnedPool(in: "/dev/shm")
        let step = SpaceReservation.step
        let run = try #require(owned.allocate(3 * step, at: owned.pool.base))
        memset(run.address, 7, 3 * step)
        owned.pool.noteWrittenByChild(run.address + (step + 5 * 4096), length: 1)
        owned.pool.release(run.address, length: 3 * step)
        try owned.pool.separatePagesWrittenByChild()
        owned.pool.giveBackKept()
        #expect(try blocks(of: owned.pool.file) == step)
        #expect(owned.allocate(step, at: owned.pool.base)?.isFresh == true)
        #expect(owned.allocate(step, at: owned.pool.base + step)?.isFresh == false)
    }

    @Test func eagerSpaceIsTakenAtOnceAndKept() throws {
        let owned = try OwnedPool(reservation: .eager)
        #expect(try blocks(of: owned.pool.file) >= owned.pool.size)
        let run = try #require(owned.allocate(1 << 20))
        owned.pool.release(run.address, length: 1 << 20)
        #expect(try blocks(of: owned.pool.file) >= owned.pool.size)
        #expect(owned.allocate(4096)?.isFresh == false)
    }

    /// In whatever pieces the file system is asked for space, no page is left without a block.
    @Test(arguments: [ReservationPolicy.eager, .lazy])
    func allOfALargePoolHasBlocks(policy: ReservationPolicy) throws {
        let size = 72 << 20 + 4096
        let owned = try OwnedPool(size: size, reservation: policy)
        _ = try #require(owned.allocate(size))
        #expect(try blocks(of: owned.pool.file) >= size)
    }

    @Test func spaceIsAskedForThroughTheMappingWhenTheDescriptorIsGone() throws {
        let owned = try OwnedPool()
        let fd = try owned.pool.file.descriptor()
        let kept = try Linux.duplicate(fd, above: 3)
        defer { Linux.close(kept) }
        Linux.close(fd)
        #expect(owned.pool.file.verified == nil)
        _ = try #require(owned.allocate(1 << 20))
        #expect(try Int(Linux.status(of: kept).st_blocks) * 512 == 1 << 20)
    }

    @Test func aForeignDescriptorIsNotOurs() throws {
        let owned = try OwnedPool()
        let foreign = try Linux.open(
            ("/tmp" as StaticString).cString, flags: LINUX_O_TMPFILE | O_RDWR | O_CLOEXEC,
            mode: 0o600)
        defer { Linux.close(foreign) }
        let fd = try owned.pool.file.descriptor()
        #expect(dup3(foreign, fd, O_CLOEXEC) == fd)
        #expect(owned.pool.file.verified == nil)
        owned.pool.file.close()
        #expect((try? Linux.status(of: fd)) != nil, "close() closed somebody else's file")
        Linux.close(fd)
    }

    @Test func stepsInUseAreWholeAndMerged() throws {
        let owned = try OwnedPool()
        let step = SpaceReservation.step
        _ = owned.allocate(4096)
        _ = owned.allocate(4096, at: owned.pool.base + (2 * step + 8192))
        _ = owned.allocate(4096, at: owned.pool.base + 40 * step)
        #expect(owned.pool.map.nextStepsInUse(from: 0) == 0..<step)
        #expect(owned.pool.map.nextStepsInUse(from: step) == 2 * step..<3 * step)
        #expect(owned.pool.map.nextStepsInUse(from: 3 * step) == 40 * step..<41 * step)
        #expect(owned.pool.map.nextStepsInUse(from: 41 * step) == nil)
        #expect(owned.pool.map.nextStepsInUse(from: 0, gap: 3 * step) == 0..<3 * step)
    }

    @Test func sideAndTwinAreCongruentToTheBase() throws {
        let addresses = try AddressSpace.reserve(size: 20 << 20)
        let base = UInt(bitPattern: addresses.base)
        #expect(base % UInt(Linux.hugePageSize) == 0)
        for other in [try #require(addresses.side), try #require(addresses.twin)] {
            #expect((UInt(bitPattern: other) - base) % (1 << 30) == 0)
        }
    }
}
