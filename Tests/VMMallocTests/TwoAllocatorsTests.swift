import Testing

/// Programs that are also linked with another allocator: all functions that the library has too must be the
/// library's.
@Suite struct TwoAllocatorsTests {
    /// Debian's allocators, with arguments for the linker. Without the last word of each it would leave out the library.
    private static let allocators = ["", "jemalloc", "tcmalloc_minimal", "mimalloc"]

    private static func linked(with allocator: String) -> [String] {
        allocator.isEmpty ? [] : ["-Wl,--no-as-needed", "-l\(allocator)"]
    }

    // MARK: jemalloc's own interface

    /// In a program at a fixed address variables of the library are copied into the program.
    @Test(arguments: [[], ["-no-pie", "-fno-pie"]], BuildProducts.libraries)
    func jemallocsFunctionsAreOurs(options: [String], library: String) throws {
        let program = try Scratch.compiled("jemalloc_interface.c", options + ["-ljemalloc"])
        let outcome = try Preloaded(library: library).run([program])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, [1, 2, 3])
    func mallctlDoesNotUndoTheLibrary(site: PoolSite, mode: Int) throws {
        let program = try Scratch.compiled("malloc_control.c", ["-ljemalloc"])
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(
                site: site, forkMode: mode, library: library,
                // Otherwise a remapped pool on tmpfs grows by anonymous memory.
                environment: ["VMMALLOC_POOL_RESERVE": "eager"]
            ).run([program])
            #expect(outcome.status == 0, "\(library): \(outcome)")
        }
    }

    /// The same with metadata in the pool.
    @Test func mallctlDoesNotUndoTheLibraryInALargePool() throws {
        let program = try Scratch.compiled("malloc_control.c", ["-ljemalloc"])
        let outcome = try Preloaded(
            poolSize: "512M", environment: ["VMMALLOC_POOL_RESERVE": "eager"]
        ).run([program])
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// jemalloc does not check that there is memory for a cache.
    @Test(arguments: BuildProducts.libraries)
    func cachesAreMadeInAFullPool(library: String) throws {
        let program = try Scratch.compiled("full_pool_cache.c", ["-ljemalloc"])
        let outcome = try Preloaded(poolSize: "14M", library: library).run([program])
        #expect(outcome.status == 0, "\(outcome)")
    }

    // MARK: Operators

    @Test(arguments: allocators, BuildProducts.libraries)
    func operatorsAreOurs(allocator: String, library: String) throws {
        let program = try Scratch.compiled("operators.cc", Self.linked(with: allocator))
        let outcome = try Preloaded(library: library).run([program])
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// mimalloc has a reallocarray, and both it and tcmalloc have glibc's internal names.
    @Test(arguments: allocators, BuildProducts.libraries)
    func glibcsOtherNamesAreOurs(allocator: String, library: String) throws {
        let program = try Scratch.compiled("other_names.c", Self.linked(with: allocator))
        let outcome = try Preloaded(library: library).run([program])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: [[], ["-DALIGNED"]], BuildProducts.libraries)
    func operatorsOfTheProgramServeThoseThatItLacks(options: [String], library: String) throws {
        let program = try Scratch.compiled("replaced_operators.cc", options)
        let outcome = try Preloaded(library: library).run([program])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: BuildProducts.libraries)
    func operatorsDoWithoutACxxLibrary(library: String) throws {
        let program = try Scratch.compiled("operators_at_run_time.c")
        let preloaded = Preloaded(library: library)
        let nothrow = try preloaded.run([program, "nothrow"])
        #expect(nothrow.status == 0, "\(nothrow)")
        let throwing = try preloaded.run([program, "throw"])
        #expect(throwing.status == -6, "\(throwing)")
        #expect(
            throwing.errors == """
                Error (libvmmalloc): operator new finds no memory for 70368744177664 bytes, and no C++ library to throw \
                std::bad_alloc

                """)
        let plugin = try Scratch.library("operators_plugin.cc")
        let loaded = try preloaded.run([program, plugin])
        #expect(loaded.status == 0, "\(loaded)")
    }

    // MARK: Proof that these can fail

    @Test(arguments: [
        ("jemalloc_interface.c", ["-ljemalloc"]), ("malloc_control.c", ["-ljemalloc"]),
        ("full_pool_cache.c", ["-ljemalloc"]), ("operators.cc", []),
        ("replaced_operators.cc", []), ("other_names.c", []), ("operators_at_run_time.c", []),
    ])
    func turnRedUnderALibraryThatDoesNothing(program: (source: String, options: [String])) throws {
        let outcome = try Preloaded(library: try Scratch.emptyLibrary())
            .run([try Scratch.compiled(program.source, program.options), "nothrow"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
