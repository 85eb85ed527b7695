import Foundation
import Testing

/// Programs that are linked with an installed library, as pkg-config says.
@Suite struct LinkTests {
    private static let installed = Result { try Installed("linked") }

    private static func environment(mode: Int) -> [String: String] {
        [
            "VMMALLOC_POOL_DIR": Scratch.tmpfs, "VMMALLOC_POOL_SIZE": "64M", "VMMALLOC_FORK": "\(mode)",
        ]
    }

    @Test(arguments: [1, 2, 3], ["lib", "lib/vmem_debug"])
    func theHeapLiesInAPoolWithoutLD_PRELOAD(mode: Int, folder: String) throws {
        let installed = try Self.installed.get()
        let program = try installed.compile("linked.c", options: "-std=gnu17")
        let outcome = try installed.run(
            [program], folder: folder, environment: Self.environment(mode: mode))
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Proves that the test above can fail.
    @Test func turnsRedUnderALibraryThatDoesNothing() throws {
        let installed = try Self.installed.get()
        let program = try installed.compile("linked.c")
        let empty = try Scratch.folder("linked-empty")
        let script = """
            cc -shared -fPIC -Wl,-soname,libvmmalloc.so.1 -o '\(empty)/libvmmalloc.so.1' -xc - <<- 'END'
            int vmmalloc_fork_report(void *report) { (void)report; return -1; }
            END
            """
        #expect(try Command(["sh", "-ec", script]).run().status == 0)
        var command = Command([program])
        command.environment = Self.environment(mode: 1).merging(["LD_LIBRARY_PATH": empty]) { own, _ in own }
        let outcome = try command.run()
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }

    /// Linkers that drop libraries that no symbol needs (the default of some distributions).
    @Test func theLinkerDoesNotDropIt() throws {
        let installed = try Self.installed.get()
        let program = try installed.compile("empty_program.c", options: "-Wl,--as-needed")
        let outcome = try Command(["readelf", "--dynamic", program]).run()
        #expect(outcome.output.contains("Shared library: [libvmmalloc.so.1]"))
        // The soname link is what the loader follows.
        #expect(try installed.run([program], environment: Self.environment(mode: 1)).status == 0)
        let missing = try installed.run([program], environment: [:])
        #expect(
            missing.errors.hasPrefix(
                "Error (libvmmalloc): environment variable VMMALLOC_POOL_DIR not specified\n"))
        #expect(missing.status == -6)
    }

    @Test(arguments: ["gcc -std=c99", "gcc -std=c17", "g++ -std=c++98 -x c++", "g++ -std=c++20 -x c++"])
    func theHeaderStandsAlone(compiler: String) throws {
        let installed = try Self.installed.get()
        let source = """
            #include <libvmmalloc.h>
            #include <libvmmalloc.h>
            typedef char check[VMMALLOC_MIN_POOL == 14680064 && VMMALLOC_MAJOR_VERSION == 1 ? 1 : -1];
            int report(void) { struct vmmalloc_fork_report r; r.version = 1; return vmmalloc_fork_report(&r); }
            """
        let file = "\(try Scratch.folder("header"))/header.c"
        try (source + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let words = compiler.split(separator: " ").map(String.init)
        let options = [
            "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wno-unused-local-typedefs", "-Wno-long-long",
        ]
        let outcome = try Command(
            words + options + ["-I", "\(installed.prefix)/include", "-fsyntax-only", file]
        ).run()
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// A user who may run such a program must not be able to influence what it does with its rights.
    @Test(
        .enabled(if: geteuid() == 0 && PoolSite.isInstalled("setpriv"), "needs root and setpriv"),
        arguments: ["lib", "lib/vmem_debug"])
    func aSetUserIDProgramIgnoresTheVariables(folder: String) throws {
        // A place that another user can reach, and where set-user-ID has an effect.
        let place = "/var/tmp/vmmalloc-set-user-id-\(getpid())-\(folder.count)"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let outcome = try Installed.forklab(["install", "--prefix", place])
        #expect(outcome.status == 0, "\(outcome)")
        let script = """
            export PKG_CONFIG_PATH='\(place)/lib/pkgconfig'
            cc -o '\(place)/program' '\(BuildProducts.programs)/empty_program.c' \
                $(pkg-config --cflags --libs libvmmalloc) -Wl,-rpath,'\(place)/\(folder)'
            chmod 4755 '\(place)/program'
            exec setpriv --reuid=65534 --regid=65534 --clear-groups '\(place)/program'
            """
        var command = Command(["sh", "-ec", script])
        command.environment = Self.environment(mode: 1).merging(["VMMALLOC_LOG_STATS": "nonsense"]) {
            own, _ in own
        }
        let run = try command.run()
        #expect(
            run.errors == """
                Error (libvmmalloc): environment variable VMMALLOC_POOL_DIR not specified: in a program with \
                set-user-ID, set-group-ID or capabilities the variables are ignored

                """, "\(run)")
        #expect(run.status == -6, "\(run)")
    }
}
