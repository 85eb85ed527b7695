import Foundation
import Testing

/// mlock(2), mlockall(2) and their relatives: locked memory stays locked across a fork, nothing is lost, and only the part of the
/// pool that the program uses takes memory.
@Suite struct MemoryLockTests {
    static let isPrivileged = geteuid() == 0
    static let advice: Comment = "needs root: RLIMIT_MEMLOCK"

    static let ways = ["none", "c", "cf", "co", "cfo", "f", "mlock", "mlock2", "raw-c", "raw-cf"]

    /// If writable private memory is locked, the kernel copies it at once: later writes to the shared pages must not be
    /// lost.
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

    @Test(.enabled(if: isPrivileged, advice), arguments: [1, 2, 3])
    func noneIsLostBesideAThreadThatLocksAndUnlocks(mode: Int) throws {
        for site in [PoolSite.tmpfs, .disk] {
            for how in ["racing", "raw-racing"] {
                for _ in 1...3 {
                    let outcome = try Preloaded(site: site, forkMode: mode)
                        .run(program: "locked_memory.c", how, "3")
                    #expect(outcome.status == 0, "\(site), \(how): \(outcome)")
                }
            }
        }
    }

    static let moments = [
        "mlockall", "raw-mlockall", "mlock", "raw-mlock", "mlock2", "raw-mlock2", "munlock", "raw-munlock",
        "munlockall", "raw-munlockall", "reserved", "held", "signals",
    ]

    /// At each moment of a fork, found without a race.
    @Test(.enabled(if: isPrivileged, advice), arguments: moments, [1, 2, 3])
    func aForkAndWhoLocksMemoryWaitForEachOther(how: String, mode: Int) throws {
        for library in BuildProducts.libraries {
            for site in [PoolSite.tmpfs, .disk] {
                let outcome = try Preloaded(site: site, forkMode: mode, library: library)
                    .run(program: "lock_in_fork.c", how)
                #expect(outcome.status == 0, "\(site): \(outcome)")
            }
        }
    }

    @Test func anotherLibraryMayHaveMlockallToo() throws {
        let wrapper = try Scratch.library("mlockall_wrapper.c")
        for library in BuildProducts.libraries {
            for order in ["\(library):\(wrapper)", "\(wrapper):\(library)"] {
                let outcome = try Preloaded(library: order).run(program: "locked_pool.c", "c")
                #expect(
                    outcome.errors.hasSuffix("mlockall (errno: Operation not supported)\n"), "\(outcome)")
            }
        }
    }

    @Test(
        .enabled(if: isPrivileged, advice), arguments: ["c", "cf", "co", "cfo", "f", "fo"], [1, 2, 3])
    func onlyWhatIsHandedOutIsLocked(flags: String, mode: Int) throws {
        for (site, library) in [PoolSite.tmpfs, .disk].flatMap({ site in
            BuildProducts.libraries.map { (site, $0) }
        }) {
            let outcome = try Preloaded(site: site, poolSize: "256M", forkMode: mode, library: library)
                .run(program: "locked_pool.c", flags)
            #expect(outcome.status == 0, "\(library), \(site): \(outcome)")
        }
    }

    /// The kernel counts locked pages twice if they are moved aside.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [.fresh("tmpfs", mebibytes: 512), .fresh("ext4", mebibytes: 512)] as [PoolSite], [1, 2, 3])
    func aLockSurvivesWhereTheLimitHasRoomForOne(site: PoolSite, mode: Int) throws {
        let program = try Scratch.compiled("locked_memory.c")
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(site: site, forkMode: mode, library: library)
                .run(["prlimit", "--memlock=716800"] + user + [program, "mlock"])
            #expect(outcome.status == 0, "\(library): \(outcome)")
        }
    }

    /// The kernel counts addresses, and of those the pool takes three times its size, 768 MiB.
    @Test(.enabled(if: isPrivileged, advice), arguments: ["c", "cf", "co", "cfo"], [1, 2, 3])
    func anOrdinaryUsersLimitIsHeldAgainstWhatIsInUse(flags: String, mode: Int) throws {
        for library in BuildProducts.libraries {
            for site in [PoolSite.tmpfs, .disk] {
                let program = Preloaded(site: site, poolSize: "256M", forkMode: mode, library: library)
                let enough = try program.run(program: "locked_pool.c", flags, "300000000")
                #expect(enough.status == 0, "\(site): \(enough)")
                let tooLow = try program.run(program: "locked_pool.c", flags, "8000000")
                #expect(tooLow.status == 1, "\(site): \(tooLow)")
                #expect(
                    tooLow.errors.hasSuffix("mlockall (errno: Cannot allocate memory)\n"),
                    "\(site): \(tooLow)")
            }
        }
    }

    /// The kernel itself, whose limit for a user few programs come below.
    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func beyondAnOrdinaryUsersLimitTheKernelsAnswerStays() throws {
        let program = try Scratch.compiled("locked_pool.c")
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 512), poolSize: "256M")
            .run(["prlimit", "--memlock=8000000"] + user + [program, "c"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.hasSuffix("mlockall (errno: Cannot allocate memory)\n"), "\(outcome)")
    }

    @Test(arguments: [["locked_memory.c", "none"], ["locked_pool.c", "c"], ["lock_in_fork.c", "mlockall"]])
    func turnRedUnderALibraryThatDoesNothing(command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run([program] + command.dropFirst())
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
