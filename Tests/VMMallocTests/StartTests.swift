import Foundation
import Testing

/// From exec to main: how the library reads its environment, and what it leaves in the process.
@Suite struct StartTests {
    @Test(arguments: [
        (
            ["VMMALLOC_POOL_SIZE=64M"],
            "Error (libvmmalloc): environment variable VMMALLOC_POOL_DIR not specified\n"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp"],
            "Error (libvmmalloc): environment variable VMMALLOC_POOL_SIZE not specified\n"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=1048576"],
            "Error (libvmmalloc): VMMALLOC_POOL_SIZE value is less than minimum (1048576 < 14680064)\n"
        ),
        (
            ["VMMALLOC_POOL_DIR=/tmp", "VMMALLOC_POOL_SIZE=64M", "VMMALLOC_FORK=4"],
            "Error (libvmmalloc): incorrect VMMALLOC_FORK value (4): use 0, 1, 2 or 3\n"
        ),
        (
            ["VMMALLOC_POOL_DIR=/no/such/place", "VMMALLOC_POOL_SIZE=64M"],
            "Error (libvmmalloc): vmem pool creation failed: No such file or directory "
                + "(VMMALLOC_POOL_DIR /no/such/place)\n"
        ),
        (
            ["VMMALLOC_POOL_DIR=/etc/passwd", "VMMALLOC_POOL_SIZE=64M"],
            "Error (libvmmalloc): vmem pool creation failed: Not a directory (VMMALLOC_POOL_DIR /etc/passwd)\n"
        ),
        (
            ["VMMALLOC_POOL_DIR=/dev/shm", "VMMALLOC_POOL_SIZE=8T"],
            "Error (libvmmalloc): vmem pool creation failed: No space left on device "
                + "(VMMALLOC_POOL_DIR /dev/shm)\n"
        ),
    ])
    func refusesWithOneLineAndAbort(variables: [String], line: String) throws {
        // A separate shell keeps the shell's own message about SIGABRT out of stderr.
        let outcome = try Command(["env", "LD_PRELOAD=\(BuildProducts.library)"] + variables + ["/bin/true"])
            .run()
        #expect(outcome.errors.hasPrefix(line), "\(outcome)")
        #expect(outcome.status == -6, "\(outcome)")
        #expect(outcome.output.isEmpty)
    }

    /// The allocator's metadata must not cost a small program what a large heap needs.
    @Test(arguments: ["64M", "256M", "4G"])
    func theFirstBlockTakesLittleOfThePool(size: String) throws {
        for library in [BuildProducts.library, BuildProducts.debugLibrary] {
            let outcome = try Preloaded(site: .tmpfs, poolSize: size, library: library)
                .run(program: "first_block.c")
            #expect(outcome.status == 0, "\(outcome)")
        }
    }

    @Test func theFirstBlockTurnsRedUnderALibraryThatDoesNothing() throws {
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run(program: "first_block.c")
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }

    /// Debian 12's version gives up where it does not understand the debug information of a library.
    @Test(.enabled(if: PoolSite.isInstalled("valgrind"), "needs the package valgrind"))
    func valgrindRunsIt() throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(site: .tmpfs, library: library)
                .run(["valgrind", "--tool=none", "--trace-children=no", "/bin/true"])
            #expect(outcome.status == 0 && !outcome.errors.contains("orrupted"), "\(outcome)")
        }
    }

    /// One line, not SIGXFSZ.
    @Test func refusesAPoolBeyondTheLimitOfFiles() throws {
        let outcome = try Preloaded().run([
            "env", "-u", "LD_PRELOAD", "sh", "-c",
            """
            ulimit -f 1000; LD_PRELOAD=\(BuildProducts.library) exec /bin/true
            """,
        ])
        let line = "Error (libvmmalloc): vmem pool creation failed: File too large (VMMALLOC_POOL_DIR "
        #expect(outcome.status == -SIGABRT && outcome.errors.hasPrefix(line), "\(outcome)")
    }

    /// It reports that 0 of 0 blocks are free.
    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)), arguments: [1, 2])
    func aTmpfsMayHaveNoLimit(mode: Int) throws {
        let outcome = try Preloaded(site: .fresh("tmpfs", mebibytes: 0), forkMode: mode)
            .run(program: "fork_isolation.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all)
    func poolFileIsUnlinkedPrivateAndClosedByExec(site: PoolSite) throws {
        let outcome = try Preloaded(site: site).run(program: "pool_file.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    func standardDescriptorsMayBeClosed(redirections: String) throws {
        let program = try Scratch.compiled("pool_file.c")
        let outcome = try Preloaded().run(["sh", "-c", "exec \(program) \(redirections)"])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: ["6", "20", "1024"])
    func fewDescriptorsMayBeAllowed(limit: String) throws {
        let program = try Scratch.compiled("fork_or_refusal.c")
        for mode in 1...3 {
            let outcome = try Preloaded(forkMode: mode).run([
                "sh", "-c", "ulimit -n \(limit); exec \(program)",
            ])
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
        }
    }

    @Test(arguments: [PoolSite.tmpfs])
    func aLazyPoolTakesOnlyWhatIsHandedOut(site: PoolSite) throws {
        let outcome = try Preloaded(site: site, poolSize: "4G").run(program: "pool_file.c", "8192")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// 2 GiB of address space and a 64 MiB pool: addresses reserved for convenience are given up first.
    @Test(arguments: [0, 1, 2, 3], [2_097_152, 400_000, 130_000])
    func addressSpaceMayBeShort(mode: Int, kibibytes: Int) throws {
        let outcome = try Preloaded(forkMode: mode).run([
            "sh", "-c",
            "ulimit -v \(kibibytes); exec /usr/bin/python3 -c 'print(len([bytes(1000) for _ in range(9999)]))'",
        ])
        #expect(outcome.output == "9999\n", "\(outcome)")
    }

    @Test func forksWhereAddressSpaceIsShort() throws {
        let program = try Scratch.compiled("fork_isolation.c")
        for mode in 1...3 {
            let outcome = try Preloaded(forkMode: mode).run(["sh", "-c", "ulimit -v 140000; exec \(program)"])
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
        }
    }

    /// jemalloc complains about an option that it does not know, which proves that it has read them.
    @Test(arguments: BuildProducts.libraries)
    func jemallocGetsItsOptions(library: String) throws {
        let preloaded = Preloaded(library: library, environment: ["MALLOC_CONF": "no_such_option:1"])
        let outcome = try preloaded.run(["/bin/true"])
        #expect(outcome.status == 0 && outcome.errors.contains("no_such_option"), "\(outcome)")
    }

    @Test(arguments: BuildProducts.libraries)
    func needsLibcAndLibgccOnly(library: String) throws {
        let outcome = try Command(["readelf", "--dynamic", library]).run()
        let needed = outcome.output.matches(of: /\(NEEDED\).*\[(.*)\]/).map { String($0.output.1) }
        // The dynamic linker is in every process; it knows where the environment lies.
        #expect(Set(needed) == ["libc.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"])
        #expect(outcome.output.contains("Library soname: [libvmmalloc.so.1]"))
    }
}
