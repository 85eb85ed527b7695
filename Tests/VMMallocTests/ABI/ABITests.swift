import Testing

/// The interface of libvmmalloc(7) and malloc(3), seen from C: edge cases of the functions, of a process's life, and of a full
/// pool. In the library and in its debug build.
@Suite struct ABITests {
    @Test(arguments: ABIProgram.all, BuildProducts.libraries)
    func holds(program: ABIProgram, library: String) throws {
        let command = try program.command()
        for mode in program.modes {
            let preloaded = Preloaded(forkMode: mode, library: library, environment: program.environment)
            let outcome = try preloaded.run(command)
            #expect(outcome.status == 0 && outcome.output == program.output, "mode \(mode): \(outcome)")
        }
    }

    @Test(arguments: ABIProgram.all)
    func turnsRedUnderALibraryThatDoesNothing(program: ABIProgram) throws {
        let outcome = try Preloaded(library: try Scratch.emptyLibrary()).run(program.command())
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }

    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func functionsWorkOnEveryFileSystem(site: PoolSite, library: String) throws {
        let outcome = try Preloaded(site: site, library: library).run(program: "abi/functions.c")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Giving memory back is a system call, which may fail: here it fails once the pool has been filled.
    @Test(
        .enabled(if: PoolSite.isInstalled("strace"), "needs the package strace"),
        arguments: BuildProducts.libraries)
    func freeKeepsErrnoWhereSystemCallsFail(library: String) throws {
        let strace = [
            "env", "-u", "LD_PRELOAD", "strace", "-qq", "-o", "/dev/null", "-E", "LD_PRELOAD=\(library)",
            "-e", "trace=madvise", "-e", "inject=madvise:error=EIO:when=60+",
        ]
        let program = try Scratch.compiled("abi/error_numbers.c")
        let outcome = try Preloaded(library: library, environment: ["VMMALLOC_POOL_RESERVE": "lazy"])
            .run(strace + [program])
        #expect(outcome.status == 0, "\(outcome)")
    }
}
