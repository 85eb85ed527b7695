import CLinux
import Testing

@testable import AllocatorCore

/// What owns a descriptor closes it when it ends, once, and never somebody else's.
@Suite struct OwnershipTests {
    /// How a copy that is reserved comes to its end.
    enum End: CaseIterable { case forkIsOver, belongsToParent, isNotWanted }

    @Test(arguments: End.allCases)
    func theCopyIsClosedWithItsFork(end: End) throws {
        let owned = try OwnedPool()
        var attempt = ForkAttempt(mode: .poolCopy, copyPolicy: CopyPolicy(), mayAllocate: false)
        try PoolCopy.reserveMappings(&attempt, &owned.pool)
        try PoolCopy.reserve(&attempt, CopySource(of: owned.pool, lock: nil))
        let reserved = try reservedFile(of: attempt)
        #expect(reserved.verified != nil)
        switch end {
        case .forkIsOver:
            try PoolCopy.prepare(&attempt, &owned.pool)
            PoolCopy.resumeParent(&attempt, &owned.pool)
        case .belongsToParent: attempt.leaveToParent()
        case .isNotWanted: try drop(attempt)
        }
        #expect(reserved.verified == nil)
    }

    private func drop(_ attempt: consuming ForkAttempt) throws {}

    /// Its child, which is alone, goes on in the copy; the parent's file is closed there.
    @Test func thePoolIsTheCopyFromThenOn() throws {
        let owned = try OwnedPool()
        let run = try #require(owned.allocate(4096))
        run.address.storeBytes(of: 7, as: Int.self)
        var attempt = ForkAttempt(mode: .poolCopy, copyPolicy: CopyPolicy(), mayAllocate: false)
        try PoolCopy.reserveMappings(&attempt, &owned.pool)
        try PoolCopy.reserve(&attempt, CopySource(of: owned.pool, lock: nil))
        try PoolCopy.prepare(&attempt, &owned.pool)
        let before = owned.pool.file.reference
        let inode = try Linux.status(of: reservedFile(of: attempt).descriptor()).st_ino
        try PoolCopy.resumeChild(&attempt, &owned.pool)
        #expect(before.verified == nil)
        let after = owned.pool.file.reference
        #expect(try Linux.status(of: after.descriptor()).st_ino == inode)
        #expect(run.address.load(as: Int.self) == 7)
        let isLeft = attempt.copy != nil
        #expect(!isLeft)
    }

    // In processes of their own, where no other test takes the number meanwhile.

    @Test func aDescriptorThatIsSomebodyElsesByNowStaysOpen() async {
        await #expect(processExitsWith: .success) {
            var fd: CInt = -1
            do {
                let kept = try keptDirectory("/tmp")
                fd = try kept.reference.descriptor()
                try open("/", as: fd)
            }
            _ = try Linux.status(of: fd)
        }
    }

    /// The same directory under the same number, but not ours.
    @Test func whatIsClosedBeforeItsTimeIsNotClosedAgain() async {
        await #expect(processExitsWith: .success) {
            var fd: CInt = -1
            do {
                var kept = try keptDirectory("/tmp")
                fd = try kept.reference.descriptor()
                kept.close()
                guard kept.verified == nil else { throw SystemError(EEXIST) }
                try open("/tmp", as: fd)
            }
            _ = try Linux.status(of: fd)
        }
    }
}

private func keptDirectory(_ path: StaticString) throws(SystemError) -> KeptDescriptor {
    try KeptDescriptor(keeping: Linux.open(path.cString, flags: O_PATH | O_CLOEXEC), for: .oneFork)
}

private func open(_ path: StaticString, as fd: CInt) throws(SystemError) {
    let other = try Linux.open(path.cString, flags: O_PATH | O_CLOEXEC)
    guard dup3(other, fd, O_CLOEXEC) == fd else { throw .last }
    Linux.close(other)
}
