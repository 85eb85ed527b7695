import Testing

/// The errors that the debug build detects, and that it detects none where there are none.
@Suite struct AssertionTests {
    @Test(arguments: [
        ("double free", "free", "is not a live block: it was freed before, or points into the middle of one"),
        ("free inside", "free", "is not a live block: it was freed before, or points into the middle of one"),
        ("free odd", "free", "is not a live block: it was freed before, or points into the middle of one"),
        ("free stack", "free", "does not lie in the pool, so malloc did not return it"),
        (
            "realloc freed", "realloc",
            "is not a live block: it was freed before, or points into the middle of one"
        ),
        (
            "size of freed", "malloc_usable_size",
            "is not a live block: it was freed before, or points into the middle of one"
        ),
        (
            "dallocx freed", "dallocx",
            "is not a live block: it was freed before, or points into the middle of one"
        ),
        ("free reset", "free", "is not a live block: it was freed before, or points into the middle of one"),
        (
            "delete freed", "free",
            "is not a live block: it was freed before, or points into the middle of one"
        ),
        (
            "sdallocx of another size", "sdallocx",
            "has room for 1024 bytes, and is not what 2000 bytes were allocated as"
        ),
    ])
    func misuseIsOneLineAndAbort(how: String, function: String, message: String) throws {
        for log in [[:], ["FILE": "\(try Scratch.folder("assertions"))/log"]] {
            let outcome = try Preloaded.debug(log: log).run(program: "misuse.c", how)
            #expect(outcome.status == -6, "\(outcome)")
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count == 1)
            let line = try #require(lines.first.flatMap { LogLine($0) })
            #expect(line.function == function)
            #expect(line.text.hasPrefix("assertion failed: 0x"))
            #expect(line.text.hasSuffix(message), "\(outcome)")
        }
    }

    /// The release build performs no run-time assertions, as the manual says.
    @Test func theReleaseBuildDoesNotCheck() throws {
        let outcome = try Preloaded().run(program: "misuse.c", "size of freed")
        #expect(!outcome.errors.contains("assertion failed"), "\(outcome)")
    }

    /// The ABI test kit runs under both builds in a suite of its own.
    @Test(arguments: [
        ["pool_file.c"], ["fork_isolation.c", "8"],
        ["fork_under_load.c", "4", "50"], ["concurrent_forks.c"], ["file_lock.c"], ["thread_specific.c"],
    ])
    func soundProgramsRunAsUnderTheReleaseBuild(command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        for mode in 1...3 {
            let outcome = try Preloaded.debug(mode: mode, poolSize: "64M").run(
                [program] + command.dropFirst())
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
        }
    }

    @Test(arguments: RealProgram.all, [1, 2])
    func realProgramsAreSound(program: RealProgram, mode: Int) throws {
        let folder = try Scratch.folder("debug-\(program.name)-\(mode)")
        let outcome = try Preloaded.debug(mode: mode).run(program.command(folder))
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == program.output)
    }

    @Test(arguments: RealProgram.all)
    func realProgramsTurnRedUnderALibraryThatDoesNothing(program: RealProgram) throws {
        let preloaded = Preloaded(library: try Scratch.emptyLibrary())
        let outcome = try preloaded.run(program.command("\(Scratch.disk)/\(program.name)-empty"))
        #expect(outcome.status != 0 && outcome.output.isEmpty, "\(outcome)")
    }
}
