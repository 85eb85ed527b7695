import Testing

/// What programs, linkers and debuggers see of the library.
@Suite struct ExportedSymbolsTests {
    /// The whole list. `Sources/VMMalloc/exports.map` and the manual page say what they are for.
    private static let names: Set<String> = [
        "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign", "valloc",
        "pvalloc",
        "malloc_usable_size", "cfree", "free_sized", "free_aligned_sized",
        "fork", "pthread_setspecific", "tss_set", "dlopen", "dlmopen", "syscall", "clone",
        "vmmalloc_fork_report",
    ]

    /// A protected symbol breaks pointers to functions, and a local one has no business among the dynamic symbols.
    @Test(arguments: BuildProducts.libraries)
    func areThoseThatAreDocumentedAndOrdinary(library: String) throws {
        let table = try Command(["readelf", "--dyn-syms", "--wide", library]).run().output
        var found: Set<String> = []
        for line in table.split(separator: "\n") {
            // Num: Value Size Type Bind Vis Ndx Name
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 8, fields[0] != "Num:", fields[6] != "UND" else { continue }
            #expect(fields[4] == "GLOBAL" && fields[5] == "DEFAULT", "\(line)")
            found.insert(fields[7])
        }
        let debugOnly: Set = library == BuildProducts.debugLibrary ? ["_exit", "_Exit"] : []
        #expect(found == Self.names.union(debugOnly))
    }

    /// With a program at a fixed address, as node is.
    @Test(arguments: BuildProducts.libraries)
    func haveOneAddressEach(library: String) throws {
        let program = try Scratch.compiled("function_addresses.c", ["-no-pie", "-fno-pie"])
        let outcome = try Preloaded(library: library).run([program])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    /// gdb calls fork of the program for its command checkpoint, and takes its type from the debug information.
    @Test(
        .enabled(if: PoolSite.isInstalled("gdb"), "needs the package gdb"),
        arguments: BuildProducts.libraries, [1, 2, 3])
    func leadADebuggerToFork(library: String, mode: Int) throws {
        let variables = [
            "LD_PRELOAD \(library)", "VMMALLOC_POOL_DIR \(Scratch.tmpfs)", "VMMALLOC_POOL_SIZE 64M",
            "VMMALLOC_FORK \(mode)",
        ]
        let commands =
            ["set startup-with-shell off"] + variables.map { "set environment \($0)" }
            + ["break main", "run", "checkpoint", "restart 1", "info proc mappings", "continue"]
        let outcome = try Command(
            ["gdb", "-nx", "-batch"] + commands.flatMap { ["-ex", $0] }
                + [Scratch.compiled("empty_program.c")]
        ).run()
        // Of the child.
        let pool = outcome.output.split(separator: "\n").filter { $0.contains("\(Scratch.tmpfs)/") }
        #expect(pool.contains { $0.contains(mode == 1 ? "rw-p" : "rw-s") }, "\(outcome)")
        #expect(outcome.output.contains("exited normally"), "\(outcome)")
    }
}
