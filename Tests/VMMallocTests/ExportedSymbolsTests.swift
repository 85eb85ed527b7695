import Testing

/// The symbols of the library that programs, linkers and debuggers see.
@Suite struct ExportedSymbolsTests {
    /// The whole list. `Sources/VMMalloc/exports.map` and the manual page say what they are for.
    private static let names: Set<String> = mallocFamily.union(jemallocs).union(operators).union([
        "fork", "pthread_setspecific", "tss_set", "dlopen", "dlmopen", "syscall", "clone", "madvise",
        "mlock", "mlock2", "munlock", "mlockall", "munlockall", "vmmalloc_fork_report",
        "vmmalloc_fold",
    ])
    private static let mallocFamily: Set = [
        "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign", "valloc",
        "pvalloc",
        "malloc_usable_size", "cfree", "free_sized", "free_aligned_sized",
        "reallocarray", "__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_free", "__libc_memalign",
        "__libc_valloc", "__libc_pvalloc",
    ]
    private static let jemallocs: Set = [
        "mallocx", "rallocx", "xallocx", "sallocx", "dallocx", "sdallocx", "nallocx", "mallctl",
        "mallctlnametomib", "mallctlbymib", "malloc_stats_print", "malloc_conf", "malloc_message",
    ]
    private static let operators: Set = [
        "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t",
        "_ZnamSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t", "_ZnamSt11align_val_tRKSt9nothrow_t",
        "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t",
        "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t", "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t",
        "_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZdaPvSt11align_val_tRKSt9nothrow_t",
    ]
    private static let variables: Set = ["malloc_conf", "malloc_message"]

    private struct Symbol {
        let type: String
        let binding: String
        let visibility: String
        let name: String

        /// All symbols that a library defines, as the dynamic linker sees them.
        static func all(of library: String) throws -> [Symbol] {
            let table = try Command(["readelf", "--dyn-syms", "--wide", library]).run().output
            return table.split(separator: "\n").compactMap { line in
                // Num: Value Size Type Bind Vis Ndx Name
                let fields = line.split(separator: " ").map(String.init)
                guard fields.count == 8, fields[0] != "Num:", fields[6] != "UND" else { return nil }
                return Symbol(type: fields[3], binding: fields[4], visibility: fields[5], name: fields[7])
            }
        }
    }

    /// A protected symbol breaks pointers to functions, and a local one has no business among the dynamic symbols.
    @Test(arguments: BuildProducts.libraries)
    func areThoseThatAreDocumentedAndOrdinary(library: String) throws {
        let found = try Symbol.all(of: library)
        for symbol in found {
            #expect(symbol.visibility == "DEFAULT", "\(symbol)")
            // jemalloc's malloc_conf is weak.
            #expect(symbol.binding == (symbol.name == "malloc_conf" ? "WEAK" : "GLOBAL"), "\(symbol)")
            #expect(symbol.type == (Self.variables.contains(symbol.name) ? "OBJECT" : "FUNC"), "\(symbol)")
        }
        let debugOnly: Set = library == BuildProducts.debugLibrary ? ["_exit", "_Exit"] : []
        #expect(Set(found.map(\.name)) == Self.names.union(debugOnly))
    }

    /// Ubuntu 22.04 and RHEL 9 have glibc 2.35 and 2.34.
    @Test(arguments: BuildProducts.libraries)
    func needNoNewerGlibcThan234(library: String) throws {
        let outcome = try Command(["readelf", "--version-info", "--wide", library]).run()
        let needed = outcome.output.matches(of: /Name: GLIBC_2\.(\d+)/).compactMap { Int($0.output.1) }
        #expect(needed.contains(34), "\(outcome)")
        #expect(needed.allSatisfy { $0 <= 34 }, "glibc 2.\(needed.max() ?? 0) is needed")
    }

    /// Otherwise one half of a program's allocator would be in one library and the other half in another.
    @Test func areAllThatDebiansJemallocExports() throws {
        let outcome = try Command(["sh", "-c", "ldconfig -p | sed -n 's/.*libjemalloc.so.2 .* => //p'"]).run()
        let path = try #require(outcome.output.split(separator: "\n").first.map(String.init), "\(outcome)")
        let theirs = Set(try Symbol.all(of: path).map(\.name))
        #expect(theirs.contains("mallocx"))
        // Only for jemalloc's own tests, and not in any header.
        let forTests: Set = ["je_test_hooks_arena_new_hook", "je_test_hooks_libc_hook"]
        #expect(theirs.subtracting(Self.names) == forTests)
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
            // Only memory that was handed out is accessible.
            + [
                "break main", "run", "print ((void *(*)(unsigned long))malloc)(1000)", "checkpoint",
                "restart 1", "info proc mappings", "continue",
            ]
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
