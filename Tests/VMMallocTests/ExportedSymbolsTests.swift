import Testing

/// What programs, linkers and debuggers see of the library.
@Suite struct ExportedSymbolsTests {
    /// The whole list. `Sources/VMMalloc/exports.map` and the manual page say what they are for.
    private static let names: Set<String> = [
        "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign", "valloc",
        "pvalloc",
        "malloc_usable_size", "cfree", "free_sized", "free_aligned_sized",
        "fork", "pthread_setspecific", "tss_set", "dlopen", "dlmopen", "vmmalloc_fork_report",
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
}
