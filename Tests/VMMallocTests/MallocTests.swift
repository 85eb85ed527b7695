import Testing

/// The malloc family, seen from C.
@Suite struct MallocTests {
    @Test(arguments: PoolSite.all)
    func everyFunctionOfTheManual(site: PoolSite) throws {
        let outcome = try Preloaded(site: site).run(program: "malloc_family.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// The least that must be usable of a pool is what the original reached at its smallest and a larger size.
    @Test(arguments: [
        ("14", "64", "50"), ("14", "65536", "56"), ("14", "1048576", "43"),
        ("64", "64", "88"), ("64", "65536", "92"), ("64", "1048576", "70"),
    ])
    func exhaustionIsENOMEMAndTheProgramGoesOn(pool: String, blockSize: String, share: String) throws {
        for site in [PoolSite.tmpfs, .disk] {
            let outcome = try Preloaded(site: site, poolSize: pool + "M")
                .run(program: "exhaustion.c", blockSize, share)
            #expect(outcome.status == 0, "\(outcome)")
        }
    }

    @Test(arguments: [[], ["64"], ["1000"], ["100000"]])
    func anonymousMemoryStaysSmall(blockSize: [String]) throws {
        let program = try Scratch.compiled("anonymous_memory.c")
        let outcome = try Preloaded(poolSize: "1G").run([program] + blockSize)
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// These programs, too, must notice a library that does nothing.
    @Test(arguments: [
        ["malloc_family.c"], ["anonymous_memory.c"], ["pool_file.c"], ["exhaustion.c", "1048576", "50"],
    ])
    func turnRedUnderALibraryThatDoesNothing(command: [String]) throws {
        var preloaded = Preloaded(library: try Scratch.emptyLibrary())
        preloaded.deadline = 30
        // Without a pool, only the address space ends exhaustion.c.
        let program = try Scratch.compiled(command[0])
        let outcome = try preloaded.run(["prlimit", "--as=1073741824", program] + command.dropFirst())
        #expect(outcome.status == 1, "\(outcome)")
    }
}
