import Testing

/// The memory that malloc takes outside the pool.
@Suite struct AnonymousMemoryTests {
    @Test(arguments: [[], ["64"], ["1000"], ["100000"]])
    func anonymousMemoryStaysSmall(blockSize: [String]) throws {
        let program = try Scratch.compiled("anonymous_memory.c")
        let outcome = try Preloaded(poolSize: "1G").run([program] + blockSize)
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: ["anonymous_memory.c", "pool_file.c"])
    func turnRedUnderALibraryThatDoesNothing(program: String) throws {
        let outcome = try Preloaded(library: try Scratch.emptyLibrary()).run(program: program)
        #expect(outcome.status == 1, "\(outcome)")
    }
}
