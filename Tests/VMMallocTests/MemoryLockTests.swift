import Foundation
import Testing

/// mlock(2), mlockall(2) and their like: what is locked stays so across a fork, nothing is lost by it, and it costs what the
/// program has of the pool.
@Suite struct MemoryLockTests {
    static let isPrivileged = geteuid() == 0
    static let advice: Comment = "needs root: RLIMIT_MEMLOCK"

    static let ways = ["none", "c", "cf", "co", "cfo", "f", "mlock", "mlock2", "raw-c", "raw-cf"]

    /// Where private memory is locked that may be written, the kernel copies it at once: what was written to the shared pages
    /// after that must not be lost.
    @Test(.enabled(if: isPrivileged, advice), arguments: [PoolSite.tmpfs, .disk], [1, 2, 3])
    func noWriteOfAnotherThreadIsLost(site: PoolSite, mode: Int) throws {
        for library in [BuildProducts.library, BuildProducts.debugLibrary] {
            for how in Self.ways {
                let outcome = try Preloaded(site: site, forkMode: mode, library: library)
                    .run(program: "locked_memory.c", how)
                #expect(outcome.status == 0, "\(how): \(outcome)")
            }
        }
    }

    /// In the middle of a fork, too: docs/fork-modes.md says what is not promised then.
    @Test(.enabled(if: isPrivileged, advice), arguments: [1, 2, 3])
    func noForkIsRefusedBesideAThreadThatLocks(mode: Int) throws {
        for site in [PoolSite.tmpfs, .disk] {
            for _ in 1...5 {
                let outcome = try Preloaded(site: site, forkMode: mode)
                    .run(program: "locked_memory.c", "racing", "3")
                #expect(outcome.status == 0, "\(site): \(outcome)")
            }
        }
    }

    @Test(
        .enabled(if: isPrivileged, advice), arguments: ["c", "cf", "co", "cfo", "f", "fo"], [1, 2, 3])
    func onlyWhatIsHandedOutIsLocked(flags: String, mode: Int) throws {
        for site in [PoolSite.tmpfs, .disk] {
            let outcome = try Preloaded(site: site, poolSize: "256M", forkMode: mode)
                .run(program: "locked_pool.c", flags)
            #expect(outcome.status == 0, "\(site): \(outcome)")
        }
    }

    /// The kernel counts locked pages twice that are moved aside.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [.fresh("tmpfs", mebibytes: 512), .fresh("ext4", mebibytes: 512)] as [PoolSite], [1, 2, 3])
    func aLockSurvivesWhereTheLimitHasRoomForOne(site: PoolSite, mode: Int) throws {
        let program = try Scratch.compiled("locked_memory.c")
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let outcome = try Preloaded(site: site, forkMode: mode)
            .run(["prlimit", "--memlock=716800"] + user + [program, "mlock"])
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// A limit: README says so. The kernel counts addresses, and of those the pool takes three times its size.
    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func anOrdinaryUsersLimitIsHeldAgainstAllAddresses() throws {
        let program = try Scratch.compiled("locked_pool.c")
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 512), poolSize: "256M")
            .run(["prlimit", "--memlock=8000000"] + user + [program, "c"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.hasSuffix("mlockall (errno: Cannot allocate memory)\n"), "\(outcome)")
    }

    @Test(arguments: [["locked_memory.c", "none"], ["locked_pool.c", "c"]])
    func turnRedUnderALibraryThatDoesNothing(command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run([program] + command.dropFirst())
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
