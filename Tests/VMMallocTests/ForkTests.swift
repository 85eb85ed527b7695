import Foundation
import Testing

/// What fork(2) means for the heap, in real processes, on every file system available to this user.
@Suite struct ForkTests {
    @Test(arguments: PoolSite.all, [1, 2, 3])
    func heapsAreApart(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "fork_isolation.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, [1, 2, 3])
    func heapsAreApartWithThreads(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "fork_isolation.c", "8")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, [1, 2, 3])
    func otherThreadsAllocateThroughForks(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, poolSize: "256M", forkMode: mode)
            .run(program: "fork_under_load.c", "4", "50")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// glibc resets the lock of every FILE in a child of a multi-threaded process.
    @Test(arguments: PoolSite.all, [1, 2, 3])
    func aThreadOfTheParentKeepsItsFileLock(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "file_lock.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// fork takes the lock of glibc's list of FILEs after all handlers: it must be taken before the allocator's.
    @Test(arguments: [PoolSite.tmpfs, .disk], [1, 2, 3])
    func threadsReadAndFlushFilesThroughForks(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "file_flush.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Until 2024 POSIX let signal handlers call fork, and they may interrupt fork itself.
    @Test(arguments: ["allocate", "fork"], [1, 2, 3])
    func aHandlerThatInterruptsForkMayUseTheHeap(how: String, mode: Int) throws {
        for site in [PoolSite.tmpfs, .disk] {
            let outcome = try Preloaded(site: site, forkMode: mode).run(program: "signal_in_fork.c", how)
            #expect(outcome.status == 0, "\(site): \(outcome)")
        }
    }

    @Test(arguments: PoolSite.all, [1, 2, 3])
    func handlersOfOtherLibrariesMayForkThemselves(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "nested_fork.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: [PoolSite.tmpfs, .disk], [1, 2, 3])
    func adviceMeansWhatItMeansForAnonymousMemory(site: PoolSite, mode: Int) throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(site: site, forkMode: mode, library: library)
                .run(program: "heap_advice.c")
            #expect(outcome.status == 0, "\(library): \(outcome)")
        }
    }

    /// The debug build, and any without optimisation, takes more stack.
    @Test(arguments: BuildProducts.libraries, [nil, "memory", "classic", "copy_file_range", "pmem"])
    func aForkFitsOnASmallStack(library: String, copy: String?) throws {
        try checkStack(of: 32, library, copy)
    }

    /// On the smallest stack that a thread may have.
    @Test(
        .enabled(
            if: BuildProducts.optimizedLibrary != nil,
            "needs an optimised build: swift build -c release --product vmmalloc"),
        arguments: [nil, "memory", "classic", "copy_file_range", "pmem"])
    func aForkFitsOnTheLeastStack(copy: String?) throws {
        try checkStack(of: 0, #require(BuildProducts.optimizedLibrary), copy)
    }

    private func checkStack(of kibibytes: Int, _ library: String, _ copy: String?) throws {
        let program = try Scratch.compiled("small_stack.c")
        // Includes the stack that the dynamic linker's longest path needs.
        let path = String(repeating: "/" + String(repeating: "d", count: 100), count: 38)
        for mode in copy == nil ? 1...3 : 2...3 {
            for site in [PoolSite.tmpfs, .disk] {
                var environment = ["PMEM_IS_PMEM_FORCE": "1", "LD_LIBRARY_PATH": path]
                environment["VMMALLOC_FORK_COPY"] = copy
                let outcome = try Preloaded(
                    site: site, forkMode: mode, library: library, environment: environment
                ).run([program, "\(kibibytes)"])
                #expect(outcome.status == 0, "mode \(mode), \(site): \(outcome)")
            }
        }
    }

    /// A tracer's library, say. `how` is FORK_WRAPPER of fork_wrapper.c.
    @Test(
        arguments: [
            ("", "3 worked, 0 refused"), ("twice", "3 worked, 0 refused"), ("refuse", "0 worked, 3 refused"),
            ("bare", "3 worked, 0 refused"),
        ], [1, 2, 3])
    func anotherLibraryMayWrapForkToo(how: (wrapper: String, outcome: String), mode: Int) throws {
        let wrapper = try Scratch.library("fork_wrapper.c")
        for library in BuildProducts.libraries {
            for order in ["\(library):\(wrapper)", "\(wrapper):\(library)"] {
                for site in [PoolSite.tmpfs, .disk] {
                    let environment = how.wrapper == "" ? [:] : ["FORK_WRAPPER": how.wrapper]
                    let outcome = try Preloaded(
                        site: site, forkMode: mode, library: order, environment: environment
                    ).run(program: "wrapped_fork.c")
                    #expect(outcome.status == 0, "\(order), \(site): \(outcome)")
                    #expect(
                        outcome.output == "\(how.outcome), 3 wrapped\n", "\(order), \(site): \(outcome)")
                }
            }
        }
    }

    /// The library's reserve runs before wrappers that come after it.
    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func aRefusedForkReachesNoWrapperBehind() throws {
        let library = "\(BuildProducts.library):\(try Scratch.library("fork_wrapper.c"))"
        let outcome = try Preloaded(
            site: .fresh("tmpfs", mebibytes: 40), poolSize: "32M", forkMode: 2, library: library
        ).run(program: "wrapped_fork.c", "22")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "0 worked, 3 refused, 0 wrapped\n", "\(outcome)")
    }

    /// glibc zeroes the other threads' values in a child, and those of keys beyond the first 32 lie in the heap.
    @Test(arguments: PoolSite.all, [1, 2, 3])
    func aThreadOfTheParentKeepsItsSpecificValues(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "thread_specific.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// A limit of mode 2: docs/fork-modes.md says why.
    @Test(
        .enabled(if: geteuid() == 0, "needs root: it changes the user"),
        arguments: [(1, "reached\n"), (2, "missed\n")])
    func aThreadWhoseStackLiesInTheHeapMayLoseSightOfTheForker(mode: Int, output: String) throws {
        let outcome = try Preloaded(forkMode: mode).run(program: "heap_thread_stack.c")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == output)
    }

    /// A limit of mode 2: docs/fork-modes.md says why.
    @Test(arguments: [(1, "kept\n"), (2, "lost\n")])
    func aChildResetsItsParentsNameServiceSwitch(mode: Int, output: String) throws {
        let outcome = try Preloaded(forkMode: mode).run(program: "name_service.c")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == output)
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [.fresh("tmpfs", mebibytes: 512), .fresh("ext4", mebibytes: 512)] + PoolSite.reflinking,
        [1, 2, 3])
    func heapsAreApartForAnOrdinaryUser(site: PoolSite, mode: Int) throws {
        let program = try Scratch.compiled("fork_isolation.c")
        let outcome = try Preloaded(site: site, forkMode: mode)
            .run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program])
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// On XFS, where copy_file_range shares blocks: two gigabytes are not written.
    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func aCopyOfMoreThanOneCallIsWhole() throws {
        let outcome = try Preloaded(
            site: .fresh("xfs", mebibytes: 8192), poolSize: "3G", forkMode: 2,
            environment: ["VMMALLOC_FORK_COPY": "copy_file_range"]
        ).run(program: "long_copy.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// A limit: docs/fork-modes.md says so.
    @Test(arguments: [(1, "lost"), (2, "kept")])
    func pagesOfTheHeapLoseTheirProtection(mode: Int, inParent: String) throws {
        let outcome = try Preloaded(forkMode: mode).run(program: "protected_pages.c")
        #expect(outcome.status == 0, "\(outcome)")
        let expected = "child: guard lost, code lost\nparent: guard \(inParent), code \(inParent)\n"
        #expect(outcome.output == expected)
    }

    @Test(arguments: [(1, "worked\n"), (2, "refused\n"), (3, "worked\n")])
    func aStackInTheHeapIsNeverCopied(mode: Int, output: String) throws {
        let outcome = try Preloaded(forkMode: mode).run(program: "heap_stack.c")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == output)
    }

    @Test(arguments: PoolSite.all)
    func whatIsFreedAfterARemapGivesItsMemoryBack(site: PoolSite) throws {
        // Without jemalloc's ten seconds of decay.
        let environment = ["MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"]
        let outcome = try Preloaded(site: site, poolSize: "128M", environment: environment)
            .run(program: "freed_memory.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, [1, 2, 3])
    func threadsForkAtOnceByBothWays(site: PoolSite, mode: Int) throws {
        let outcome = try Preloaded(site: site, forkMode: mode).run(program: "concurrent_forks.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// VMMALLOC_TEST_FORKS=10000 is the long form.
    @Test(arguments: [1, 2])
    func manyForksBesideSixteenThreads(mode: Int) throws {
        let forks = ProcessInfo.processInfo.environment["VMMALLOC_TEST_FORKS"] ?? "300"
        let outcome = try Preloaded(poolSize: "128M", forkMode: mode, deadline: 3600)
            .run(program: "fork_under_load.c", "16", forks)
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Plain fork isolates too: the tests above prove something only because they check that the heap lies in the pool.
    @Test(arguments: [
        ["fork_isolation.c"], ["fork_under_load.c"], ["file_lock.c"], ["heap_stack.c"], ["freed_memory.c"],
        ["fork_or_refusal.c"], ["full_file_system.c"], ["concurrent_forks.c"], ["thread_specific.c"],
        ["heap_thread_stack.c"], ["heap_waiter.c"], ["name_service.c"], ["lost_descriptor.c", "closefrom"],
        ["space_returns.c", "1"], ["refused_mapping.c"], ["unannounced_fork.c", "__fork", "0"],
        ["file_flush.c"], ["signal_in_fork.c", "fork"], ["nested_fork.c"], ["leaving_child.c", "1"],
        ["lowered_limit.c", "data", "1000000"], ["descriptor_limit.c"], ["kernel_refusal.c"],
        ["protected_pages.c"], ["fork_report_race.c", "2"], ["futex_calls.c"], ["wrapped_fork.c"],
        ["small_stack.c"], ["heap_advice.c"], ["full_table.c", "full"],
        ["core_dump.c", "crash", "child", "/"],
    ])
    func turnRedUnderALibraryThatDoesNothing(command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run([program] + command.dropFirst())
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
