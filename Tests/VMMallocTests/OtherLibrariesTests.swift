import Testing

/// Other preload libraries hook libc's functions: the library must not call any that they could hook.
@Suite struct OtherLibrariesTests {
    enum Order: String, CaseIterable, Sendable { case ours, theirs }

    @Test(arguments: BuildProducts.libraries, Order.allCases)
    func hooksThatAllocateAreNotCalled(library: String, first: Order) throws {
        let hooks = try Scratch.library("hooks_that_allocate.c")
        let libraries = first == .ours ? "\(library):\(hooks)" : "\(hooks):\(library)"
        for site in [PoolSite.tmpfs, .disk] {
            for (mode, reserve) in [(1, "auto"), (2, "auto"), (3, "auto"), (1, "lazy"), (2, "lazy")] {
                let environment = ["VMMALLOC_POOL_RESERVE": reserve]
                let outcome = try Preloaded(
                    site: site, forkMode: mode, library: libraries, environment: environment
                ).run(program: "hooked_calls.c")
                #expect(outcome.status == 0, "\(site), mode \(mode), \(reserve): \(outcome)")
            }
        }
    }

    /// One that counts what is allocated, as glibc's libmemusage.so.
    @Test(arguments: Order.allCases, [1, 2, 3])
    func anotherLibraryMayWrapMalloc(first: Order, mode: Int) throws {
        let wrapper = try Scratch.library("malloc_wrapper.c")
        for library in BuildProducts.libraries {
            let libraries = first == .ours ? "\(library):\(wrapper)" : "\(wrapper):\(library)"
            for site in [PoolSite.tmpfs, .disk] {
                let outcome = try Preloaded(site: site, forkMode: mode, library: libraries)
                    .run(program: "wrapped_malloc.c")
                #expect(outcome.status == 0, "\(site): \(outcome)")
                #expect(outcome.errors.isEmpty, "\(site): \(outcome)")
                #expect(outcome.output == (first == .ours ? "not wrapped\n" : "wrapped\n"))
            }
        }
    }

    @Test func aMallocWrapperAloneIsNotThePool() throws {
        let outcome = try Preloaded(library: try Scratch.library("malloc_wrapper.c"))
            .run(program: "wrapped_malloc.c")
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }

    @Test func turnsRedUnderALibraryThatDoesNothing() throws {
        let outcome = try Preloaded(library: try Scratch.emptyLibrary()).run(program: "hooked_calls.c")
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }

    /// Finds calls that the hooks above cannot see: new or rare ones.
    @Test(arguments: BuildProducts.libraries)
    func takesFromLibcOnlyWhatNobodyHooks(library: String) throws {
        let outcome = try Command([
            "nm", "--dynamic", "--undefined-only", "--without-symbol-versions", library,
        ])
        .run()
        let taken = Set(outcome.output.matches(of: /[Uw] (\S+)/).map { String($0.output.1) })
        #expect(taken.contains("memcpy"), "\(outcome)")
        let unknown = taken.subtracting(Self.harmless).subtracting(Self.neverCalled)
        #expect(unknown.isEmpty, "a hook may allocate: make it a system call, or say here why it may stay")
    }

    /// Allocates nowhere, or is called where jemalloc may be re-entered, or has a name that nobody interposes.
    private static let harmless: Set<String> = [
        "__ctype_b_loc", "__errno_location", "__libc_single_threaded", "__libc_stack_end", "__sched_cpucount",
        "__stack_chk_fail", "getauxval", "memchr", "memcmp", "memcpy", "memmove", "memrchr", "memset",
        "pthread_self", "__clone", "strchr", "strcmp", "strcpy", "strerror_r", "strerrordesc_np", "strlen",
        "strncmp",
        "strncpy", "__fork", "__pthread_key_create", "__sysconf", "__register_atfork", "__cxa_atexit",
        "__cxa_at_quick_exit", "dlsym", "_IO_iter_begin", "_IO_iter_end", "_IO_iter_next", "_IO_list_lock",
        "_IO_list_unlock", "__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable",
        "_ITM_registerTMCloneTable",
        // For operator new without memory, which holds no lock.
        "dladdr", "snprintf",
    ]

    /// jemalloc's, for what our options switch off for good (its profiler, its threads, arenas by processor) or for its end
    /// when it finds itself corrupt; and the standard library's, for its random seed and its standard output.
    private static let neverCalled: Set<String> = [
        "_Unwind_Backtrace", "_Unwind_GetIP", "_exit", "abort", "creat", "getpid", "gettimeofday",
        "pthread_cond_signal", "pthread_cond_timedwait", "pthread_cond_wait",
        "pthread_getname_np", "pthread_join", "pthread_setname_np", "pthread_sigmask",
        "sched_getcpu", "sched_setaffinity", "sigfillset", "putchar", "_Unwind_Resume",
        "ffs",
    ]
}
