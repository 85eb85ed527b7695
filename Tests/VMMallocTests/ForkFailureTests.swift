import Foundation
import Testing

/// fork(2) when something is missing: it works, or it is refused and nothing has changed. No process dies.
@Suite struct ForkFailureTests {
    // MARK: Space

    /// Room for the pool, not for a copy.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [("tmpfs", 64, "60"), ("ext4", 64, "60"), ("xfs", 320, "400"), ("btrfs", 128, "200")])
    func noSpaceIsARefusalAndTheNextForkWorks(type: String, mebibytes: Int, filler: String) throws {
        let outcome = try Preloaded(site: .fresh(type, mebibytes: mebibytes), poolSize: "20M", forkMode: 2)
            .run(program: "space_returns.c", filler)
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func noSpaceInModeThreeFallsBackForGood() throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 40), poolSize: "32M", forkMode: 3)
            .run(program: "fork_or_refusal.c", "22", "3")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "remap (fell back)\nnone\nnone\n", "\(outcome)")
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: ["tmpfs", "ext4", "xfs", "btrfs"], ["lazy", "eager", "auto"])
    func aFullFileSystemIsNeverSIGBUS(type: String, reserve: String) throws {
        let size = ["xfs": 320, "btrfs": 128][type] ?? 64
        let outcome = try Preloaded(
            site: .fresh(type, mebibytes: size), poolSize: "32M",
            environment: ["VMMALLOC_POOL_RESERVE": reserve]
        ).run(program: "full_file_system.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Somebody else fills the file system while space of what was freed is kept.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: ["tmpfs", "ext4"], ["lazy", "auto"])
    func aFileSystemThatOthersFillIsNeverSIGBUS(type: String, reserve: String) throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(
                site: .fresh(type, mebibytes: 96), poolSize: "64M", library: library,
                environment: ["VMMALLOC_POOL_RESERVE": reserve]
            ).run(program: "full_file_system.c", "others")
            #expect(outcome.status == 0, "\(outcome)")
        }
    }

    /// The price of `none`, as the README says.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: ["tmpfs", "ext4"])
    func withoutReservationAFullFileSystemIsSIGBUS(type: String) throws {
        let outcome = try Preloaded(
            site: .fresh(type, mebibytes: 64), poolSize: "32M", environment: ["VMMALLOC_POOL_RESERVE": "none"]
        ).run(program: "full_file_system.c")
        #expect(outcome.status == -SIGBUS, "\(outcome)")
    }

    /// Also after a fork, in every mode but an overcommitted reflink.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [
            ("tmpfs", 1, "overcommit"), ("tmpfs", 2, "overcommit"), ("ext4", 1, "overcommit"),
            ("ext4", 2, "overcommit"), ("xfs", 1, "overcommit"), ("btrfs", 1, "overcommit"),
            ("xfs", 2, "strict"), ("btrfs", 2, "strict"), ("xfs", 3, "strict"),
        ])
    func aFullFileSystemIsNeverSIGBUSAfterAFork(type: String, mode: Int, space: String) throws {
        let size = ["xfs": 320, "btrfs": 160][type] ?? 80
        let outcome = try Preloaded(
            site: .fresh(type, mebibytes: size), poolSize: "32M", forkMode: mode,
            environment: ["VMMALLOC_FORK_SPACE": space]
        ).run(program: "full_file_system.c", "fork")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// The consequence of overcommitment, as docs/fork-modes.md describes it: one side dies of SIGBUS.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)), arguments: ["xfs", "btrfs"])
    func anOvercommittedReflinkMayDieOfSIGBUS(type: String) throws {
        let size = ["xfs": 320, "btrfs": 160][type] ?? 80
        let outcome = try Preloaded(site: .fresh(type, mebibytes: size), poolSize: "32M", forkMode: 2)
            .run(program: "full_file_system.c", "fork")
        #expect(outcome.status == -SIGBUS || outcome.output == "child: signal \(SIGBUS)\n", "\(outcome)")
    }

    // MARK: Limits

    /// A limit that a program lowers, a mode, and the outcome of three forks.
    struct LoweredLimit {
        let resource: String
        let bytes: Int
        let mode: Int
        let outcome: String

        static let worked = "3 worked, 0 refused, 0 left\n"
        static let refused = "0 worked, 3 refused, 0 left\n"

        init(_ resource: String, mebibytes: Int, mode: Int, _ outcome: String) {
            self.resource = resource
            self.bytes = mebibytes << 20
            self.mode = mode
            self.outcome = outcome
        }

        func run(
            _ library: String, site: PoolSite, _ more: [String] = [], log: [String: String] = [:]
        ) throws {
            let program = try Scratch.compiled("lowered_limit.c")
            let result = try Preloaded(site: site, forkMode: mode, library: library, environment: log)
                .run([program, resource, "\(bytes)"] + more)
            #expect(result.status == 0, "\(self), \(site): \(result)")
            #expect(result.output == outcome, "\(self), \(site): \(result)")
        }

        /// The heap of 8 MiB is more than 1 MiB and less than 32, a pool of 64 MiB more; with what else is mapped it
        /// is less than 100 MiB, and twice the pool is more.
        static let all = [
            LoweredLimit("data", mebibytes: 1, mode: 1, refused),
            LoweredLimit("data", mebibytes: 1, mode: 2, worked),
            LoweredLimit("data", mebibytes: 1, mode: 3, worked),
            LoweredLimit("data", mebibytes: 32, mode: 1, worked),
            LoweredLimit("data", mebibytes: 96, mode: 1, worked),
            LoweredLimit("data", mebibytes: 96, mode: 2, worked),
            LoweredLimit("data", mebibytes: 96, mode: 3, worked),
            LoweredLimit("as", mebibytes: 100, mode: 1, worked),
            LoweredLimit("as", mebibytes: 100, mode: 2, worked),
            LoweredLimit("as", mebibytes: 100, mode: 3, worked),
            LoweredLimit("as", mebibytes: 60, mode: 1, worked),
            LoweredLimit("as", mebibytes: 60, mode: 2, refused),
            LoweredLimit("as", mebibytes: 60, mode: 3, worked),
            // No file may become as long as the pool, not even the log as long as one line.
            LoweredLimit("fsize", mebibytes: 0, mode: 1, worked),
            LoweredLimit("fsize", mebibytes: 0, mode: 2, refused),
            LoweredLimit("fsize", mebibytes: 0, mode: 3, worked),
        ]

        /// With threads a copy needs private pages too (`ChildWrites`), and more is mapped.
        static let withThreads = [
            LoweredLimit("data", mebibytes: 1, mode: 1, refused),
            LoweredLimit("data", mebibytes: 1, mode: 2, refused),
            LoweredLimit("data", mebibytes: 1, mode: 3, refused),
            LoweredLimit("data", mebibytes: 48, mode: 1, worked),
            LoweredLimit("data", mebibytes: 48, mode: 2, worked),
            LoweredLimit("data", mebibytes: 48, mode: 3, worked),
            LoweredLimit("as", mebibytes: 160, mode: 2, worked),
            LoweredLimit("as", mebibytes: 160, mode: 3, worked),
            LoweredLimit("as", mebibytes: 60, mode: 2, refused),
            LoweredLimit("as", mebibytes: 60, mode: 3, worked),
        ]
    }

    /// What the kernel refuses half-way must not be the heap: mremap(2) checks some limits when it has unmapped its target.
    @Test(arguments: [PoolSite.tmpfs, .disk], BuildProducts.libraries)
    func limitsThatTheProgramLowers(site: PoolSite, library: String) throws {
        for limit in LoweredLimit.all {
            let log = try Scratch.folder("limits") + "/forks"
            try limit.run(library, site: site, log: ["VMMALLOC_FORK_LOG": log])
        }
    }

    /// Where a fork is refused no child may come to life: glibc would release the parent's locks in it.
    @Test(arguments: [PoolSite.tmpfs, .disk], BuildProducts.libraries)
    func limitsThatAProgramWithThreadsLowers(site: PoolSite, library: String) throws {
        for limit in LoweredLimit.withThreads { try limit.run(library, site: site, ["thread"]) }
    }

    /// A shell's own limit: three times the pool is more, the pool alone less. The child says how its pool is mapped.
    private static let limitedShell = [
        "bash", "-c",
        """
        kind() {
            while read -r line; do
                [[ $line =~ rw-(.).*" $VMMALLOC_POOL_DIR/".*"(deleted)" ]] && echo ${BASH_REMATCH[1]} && return
            done < /proc/$BASHPID/maps
        }
        ulimit -v 2000000
        x=$(kind)
        echo "$x" $?
        """,
    ]

    @Test(arguments: BuildProducts.libraries, [(1, "p 0\n"), (2, "s 0\n"), (3, "s 0\n")])
    func aShellForksUnderItsLimit(library: String, expected: (mode: Int, output: String)) throws {
        for site in [PoolSite.tmpfs, .disk] {
            let outcome = try Preloaded(
                site: site, poolSize: "1G", forkMode: expected.mode, library: library
            ).run(Self.limitedShell)
            #expect(outcome.status == 0 && outcome.output == expected.output, "\(site): \(outcome)")
        }
    }

    @Test func aLimitedShellTurnsRedUnderALibraryThatDoesNothing() throws {
        let outcome = try Preloaded(poolSize: "1G", library: Scratch.emptyLibrary()).run(Self.limitedShell)
        #expect(outcome.output != "p 0\n" && outcome.output.hasSuffix("\n"), "\(outcome)")
    }

    // MARK: Descriptors

    @Test(
        arguments: ["nothing", "closefrom", "close_range", "close-loop", "reuse", "no-descriptors"],
        [1, 2, 3])
    func lostDescriptors(how: String, mode: Int) throws {
        for site in [PoolSite.tmpfs, .disk] {
            let outcome = try Preloaded(site: site, forkMode: mode).run(program: "lost_descriptor.c", how)
            #expect(outcome.status == 0, "\(site): \(outcome)")
            #expect(outcome.output == "3 of 3 forks worked\n", "\(site): \(outcome)")
        }
    }

    /// The child's file needs a descriptor, and the limit belongs to all threads.
    @Test(arguments: ["full", "lowered", "lost"], [1, 2, 3])
    func allDescriptorsMayBeTaken(how: String, mode: Int) throws {
        for (site, library) in PoolSite.all.flatMap({ site in BuildProducts.libraries.map { (site, $0) } }) {
            let outcome = try Preloaded(site: site, forkMode: mode, library: library)
                .run(program: "full_table.c", how)
            #expect(outcome.status == 0, "\(site), \(library): \(outcome)")
        }
    }

    /// A copy that does not fit is an error, not SIGBUS.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: ["tmpfs", "ext4"])
    func allDescriptorsMayBeTakenAndAllSpace(type: String) throws {
        let outcome = try Preloaded(site: .fresh(type, mebibytes: 64), poolSize: "20M", forkMode: 2)
            .run(program: "full_table.c", "no-room")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Programs also close or count descriptors above a lowered limit.
    @Test func descriptorsStayClearOfALoweredLimit() throws {
        let outcome = try Preloaded(forkMode: 2).run([
            "bash", "-c", "ulimit -Sn 29; [[ $(ulimit -Hn) -ge 1088 ]] || exit 3; exec ls -l /proc/self/fd",
        ])
        try #require(outcome.status == 0, "status 3: needs a hard limit of 1088 descriptors; \(outcome)")
        let kept = outcome.output.split(separator: "\n").filter { $0.contains("-> /dev/shm") }
            .compactMap { $0.split(separator: " ").dropLast(2).compactMap { Int($0) }.last }
        #expect(!kept.isEmpty && kept.allSatisfy { $0 >= 1024 }, "\(outcome)")
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [
            ("chroot", 1, 3), ("chroot", 2, 3), ("chroot", 3, 3), ("chroot-closefrom", 1, 3),
            ("chroot-closefrom", 2, 0), ("chroot-closefrom", 3, 3), ("unmount", 1, 3), ("unmount", 2, 3),
            ("unmount", 3, 3), ("setuid", 1, 3), ("setuid", 2, 3), ("setuid", 3, 3),
        ])
    func lostPaths(how: String, mode: Int, worked: Int) throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 200), forkMode: mode)
            .run(program: "lost_descriptor.c", how)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "\(worked) of 3 forks worked\n", "\(outcome)")
    }

    @Test(arguments: [1, 2, 3])
    func theLimitOfDescriptorsStaysWhatItWas(mode: Int) throws {
        let outcome = try Preloaded(forkMode: mode).run(program: "descriptor_limit.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    // MARK: A kernel without

    /// In a directory that is writable for the user that it changes to.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)), arguments: [0, 1, 2, 3])
    func theKernelsRefusalIsReported(mode: Int) throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 200), forkMode: mode)
            .run(program: "kernel_refusal.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    // MARK: A child without its heap

    @Test(arguments: PoolSite.all)
    func aChildThatCannotMapItsPoolLeaves(site: PoolSite) throws {
        let outcome = try Preloaded(site: site, forkMode: 2).run(program: "refused_mapping.c")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "child left with 71\n", "\(outcome)")
        let line = "Error (libvmmalloc): the child of a fork gets no memory pool: Cannot allocate memory\n"
        #expect(outcome.errors == line, "\(outcome)")
    }

    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func aChildThatLeavesTakesNothingFromItsParent() throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 64), poolSize: "20M", forkMode: 2)
            .run(program: "leaving_child.c", "60")
        #expect(outcome.status == 0, "\(outcome)")
    }

    // MARK: Forks past our symbol

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: ["__fork", "forkpty", "daemon"], [1, 2, 3])
    func forksThatDoNotPassThroughOurSymbol(how: String, mode: Int) throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 64), poolSize: "20M", forkMode: mode)
            .run(program: "unannounced_fork.c", how, "0")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "child left with 0\n", "\(outcome)")
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: ["__fork", "forkpty"])
    func theirChildWithoutAHeapLeaves(how: String) throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 64), poolSize: "20M", forkMode: 2)
            .run(program: "unannounced_fork.c", how, "60")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "child left with 71\n", "\(outcome)")
        if how == "__fork" {
            let line =
                "Error (libvmmalloc): the child of a fork gets no memory pool: No space left on device\n"
            #expect(outcome.errors == line, "\(outcome)")
        }
    }
}
