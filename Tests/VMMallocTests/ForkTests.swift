import Testing

/// What fork(2) means for the heap, in real processes, on every file system that this user can have.
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

    /// Plain fork is isolated too: only the proof that the heap lies in the pool makes the tests above tests.
    @Test(arguments: ["fork_isolation.c", "fork_under_load.c"])
    func turnRedUnderALibraryThatDoesNothing(program: String) throws {
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run(program: program)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
