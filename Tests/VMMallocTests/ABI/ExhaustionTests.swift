import Testing

/// How much of a pool is usable, and that freed memory can be used again.
@Suite struct ExhaustionTests {
    /// The percentage that must be usable: at least the most that the original reached.
    @Test(
        arguments: [
            ("14", "64", "90"), ("14", "65536", "85"), ("14", "1048576", "80"),
            ("64", "64", "95"), ("64", "65536", "92"), ("64", "1048576", "93"),
        ], BuildProducts.libraries)
    func whatIsFreedServesAgain(
        pool: (size: String, block: String, share: String), library: String
    ) throws {
        // On tmpfs space is taken as memory is handed out, on disk at the start.
        let site = pool.size == "14" ? PoolSite.disk : .tmpfs
        let outcome = try Preloaded(site: site, poolSize: pool.size + "M", library: library)
            .run(program: "abi/exhaustion.c", pool.block, pool.share)
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test func turnsRedUnderALibraryThatDoesNothing() throws {
        let outcome = try Preloaded(library: try Scratch.emptyLibrary())
            .run(program: "abi/exhaustion.c", "64", "1")
        #expect(outcome.status == 1, "\(outcome)")
    }
}
