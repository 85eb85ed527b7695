import Foundation
import Testing

/// `forklab install` and `uninstall`: what they install, refuse and leave.
@Suite struct InstallTests {
    private static let parts = [
        "include/libvmmalloc.h", "lib/.debug/libvmmalloc.so.1.1.0.debug",
        "lib/libvmmalloc.so", "lib/libvmmalloc.so.1", "lib/libvmmalloc.so.1.1.0",
        "lib/pkgconfig/libvmmalloc.pc", "lib/vmem_debug/libvmmalloc.so", "lib/vmem_debug/libvmmalloc.so.1",
        "lib/vmem_debug/libvmmalloc.so.1.1.0", "share/doc/libvmmalloc/LICENSE",
        "share/doc/libvmmalloc/README.md", "share/doc/libvmmalloc/docs/allocators.md",
        "share/doc/libvmmalloc/docs/architecture.md",
        "share/doc/libvmmalloc/docs/fork-log.md", "share/doc/libvmmalloc/docs/fork-modes.md",
        "share/doc/libvmmalloc/docs/pictures/deferred-copy.svg", "share/doc/libvmmalloc/manifest.json",
        "share/man/man7/libvmmalloc.7",
    ]

    private static func install(_ prefix: String, _ options: String...) throws -> Outcome {
        try Installed.forklab(["install", "--prefix", prefix] + options)
    }

    private static func uninstall(_ prefix: String, _ options: String...) throws -> Outcome {
        try Installed.forklab(["uninstall", "--prefix", prefix] + options)
    }

    private static func files(_ folder: String) throws -> [String] {
        // Only installed if Debian's own copy is there.
        try Installed.tree(folder).filter { !$0.hasSuffix("/") && !$0.hasSuffix("LICENSE.jemalloc") }
    }

    @Test func laysEachPartInItsPlaceAndTakesAllAwayAgain() throws {
        let folder = try Scratch.folder("install-all")
        let outcome = try Command([
            "sh", "-c", "umask 077; exec \"$0\" install --prefix '\(folder)/a/b' --json",
            BuildProducts.directory.appendingPathComponent("forklab").path,
        ]).run()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try Self.files("\(folder)/a/b") == Self.parts)
        // World-readable, whatever the umask; the links lead somewhere.
        let readable = try Command([
            "sh", "-c", "cd '\(folder)'/a/b/lib; stat -Lc %a,%s libvmmalloc.so */*.so",
        ]).run()
        #expect(readable.output.split(separator: "\n").allSatisfy { $0.hasPrefix("644,") && $0.count > 9 })
        let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let installed = try #require(json?["installed"] as? [String])
        #expect(Set(installed).isSuperset(of: Self.parts))

        let removal = try Self.uninstall("\(folder)/a/b")
        #expect(removal.status == 0, "\(removal)")
        #expect(try Installed.tree(folder) == ["a/"])
    }

    /// The library alone is small; gdb and its like find the rest by a link in it.
    @Test(.enabled(if: PoolSite.isInstalled("objcopy"), "needs the package binutils"))
    func debugInformationLiesApart() throws {
        let installed = try Installed("install-stripped")
        let script = """
            cd '\(installed.prefix)/lib'; readelf -SW libvmmalloc.so | grep -c '[.]debug_info'
            readelf -SW .debug/libvmmalloc.so.*.debug | grep -c '[.]debug_info'
            readelf --string-dump=.gnu_debuglink libvmmalloc.so | grep -o 'libvmmalloc.so[.0-9]*debug'
            """
        let outcome = try Command(["sh", "-c", script]).run()
        #expect(outcome.output == "0\n1\nlibvmmalloc.so.1.1.0.debug\n", "\(outcome)")
    }

    @Test func twiceIsAsOnce() throws {
        let folder = try Scratch.folder("install-twice")
        for _ in 1...2 { #expect(try Self.install(folder).status == 0) }
        #expect(try Self.files(folder) == Self.parts)
    }

    @Test func anUpdateKeepsModesAndOwners() throws {
        let folder = try Scratch.folder("install-modes")
        #expect(try Self.install(folder).status == 0)
        let paths = [
            "lib/libvmmalloc.so.1.1.0", "share/man/man7/libvmmalloc.7", "share/doc/libvmmalloc/manifest.json",
        ]
        .map { "\(folder)/\($0)" }
        // Only root can give a file away.
        let owner: uid_t = geteuid() == 0 ? 1 : geteuid()
        for path in paths {
            #expect(chmod(path, 0o640) == 0 && chown(path, owner, gid_t.max) == 0)
        }
        #expect(try Self.install(folder).status == 0)
        for path in paths {
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640 && status.st_uid == owner)
        }
    }

    @Test func aDryRunChangesNothing() throws {
        let folder = try Scratch.folder("install-dry")
        let outcome = try Self.install(folder, "--dry-run")
        #expect(outcome.output.contains("would be installed  lib/libvmmalloc.so.1\n"), "\(outcome)")
        #expect(try Installed.tree(folder).isEmpty)
        #expect(try Self.install(folder).status == 0)
        let before = try Installed.tree(folder)
        let removal = try Self.uninstall(folder, "--dry-run")
        #expect(removal.output.contains("would be removed    lib/libvmmalloc.so.1\n"), "\(removal)")
        #expect(try Installed.tree(folder) == before)
    }

    @Test func whatIsNotOursIsNotOverwritten() throws {
        let folder = try Scratch.folder("install-foreign")
        try FileManager.default.createDirectory(
            atPath: "\(folder)/include", withIntermediateDirectories: true)
        try "mine".write(toFile: "\(folder)/include/libvmmalloc.h", atomically: true, encoding: .utf8)
        let refused = try Self.install(folder)
        #expect(refused.status == 2)
        #expect(
            refused.errors == """
                forklab: \(folder)/include/libvmmalloc.h: is there, and was not installed by forklab or was changed \
                since; overwrite it with --force

                """)
        #expect(try Installed.tree(folder) == ["include/", "include/libvmmalloc.h"])
        #expect(try Self.install(folder, "--force").status == 0)
        #expect(try Self.files(folder) == Self.parts)
    }

    /// Not even with --force, if it is neither a file nor a link to one of ours.
    @Test(arguments: [
        ("mkfifo", "is neither a file nor a link"), ("mkdir", "is a folder"),
        ("ln -s ../victim", "is a link to ../victim, and a file must go there"),
    ]) func aFIFOAFolderAndALinkAreNotReplaced(_ make: String, problem: String) throws {
        let folder = try Scratch.folder("install-special")
        for path in ["lib/libvmmalloc.so.1.1.0", "share/doc/libvmmalloc/manifest.json"] {
            let script =
                "rm -rf \"$0\"; mkdir -p \"$0/${1%/*}\"; echo precious > \"$0/victim\"; \(make) \"$0/$1\""
            #expect(try Command(["sh", "-c", script, folder, path]).run().status == 0)
            let before = try Installed.tree(folder)
            let refused = try Self.install(folder, "--force")
            #expect(refused.status == 2)
            #expect(
                refused.errors
                    == "forklab: \(folder)/\(path): \(problem); remove it, or give another --prefix\n")
            #expect(try Installed.tree(folder) == before)
            #expect(try String(contentsOfFile: "\(folder)/victim", encoding: .utf8) == "precious\n")
        }
    }

    @Test func whatOthersLaidStays() throws {
        let folder = try Scratch.folder("uninstall-others")
        try FileManager.default.createDirectory(atPath: "\(folder)/lib", withIntermediateDirectories: true)
        #expect(try Self.install(folder).status == 0)
        try "theirs".write(toFile: "\(folder)/share/man/man7/other.7", atomically: true, encoding: .utf8)
        #expect(try Self.uninstall(folder).status == 0)
        #expect(
            try Installed.tree(folder) == [
                "lib/", "share/", "share/man/", "share/man/man7/", "share/man/man7/other.7",
            ])
    }

    @Test func whatWasChangedSinceStays() throws {
        let folder = try Scratch.folder("uninstall-changed")
        #expect(try Self.install(folder).status == 0)
        try "mine".write(toFile: "\(folder)/include/libvmmalloc.h", atomically: true, encoding: .utf8)
        let outcome = try Self.uninstall(folder)
        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "forklab: include/libvmmalloc.h was changed since it was installed, and is kept\n")
        #expect(
            try Self.files(folder) == ["include/libvmmalloc.h", "share/doc/libvmmalloc/manifest.json"])
        #expect(try Self.uninstall(folder, "--force").status == 0)
        #expect(try Installed.tree(folder).isEmpty)
        #expect(try Self.uninstall(folder).errors.contains(": forklab has installed nothing here; "))
    }

    /// Files of an older version that this one does not have are removed.
    @Test func anUpdateRemovesWhatIsStale() throws {
        let folder = try Scratch.folder("install-update")
        #expect(try Self.install(folder).status == 0)
        let manifest = "\(folder)/share/doc/libvmmalloc/manifest.json"
        let copy = ["cp", "-p", "\(folder)/lib/libvmmalloc.so.1.1.0", "\(folder)/lib/libvmmalloc.so.1.0.9"]
        #expect(try Command(copy).run().status == 0)
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        let item = try #require(text.firstMatch(of: /{[^{}]*"lib\/libvmmalloc\.so\.1\.1\.0"[^{}]*},/)).output
        try text.replacing(item, with: item + item.replacing("1.1.0", with: "1.0.9"))
            .write(toFile: manifest, atomically: true, encoding: .utf8)
        let outcome = try Self.install(folder)
        #expect(outcome.output.contains("removed    lib/libvmmalloc.so.1.0.9\n"), "\(outcome)")
        #expect(try Self.files(folder) == Self.parts)
    }

    @Test func aManifestThatLeadsElsewhereIsRefused() throws {
        let folder = try Scratch.folder("uninstall-elsewhere")
        #expect(try Self.install(folder + "/prefix").status == 0)
        try "precious".write(toFile: "\(folder)/victim", atomically: true, encoding: .utf8)
        let manifest = "\(folder)/prefix/share/doc/libvmmalloc/manifest.json"
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        try text.replacing("include/libvmmalloc.h", with: "../victim")
            .write(toFile: manifest, atomically: true, encoding: .utf8)
        let outcome = try Self.uninstall(folder + "/prefix", "--force")
        #expect(outcome.status == 2, "\(outcome)")
        #expect(FileManager.default.fileExists(atPath: "\(folder)/victim"))
    }

    @Test func destdirGoesInFront() throws {
        let folder = try Scratch.folder("install-destdir")
        let outcome = try Installed.forklab(
            ["install", "--prefix", "/opt/it"], environment: ["DESTDIR": folder])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try Self.files("\(folder)/opt/it") == Self.parts)
        let text = try String(
            contentsOfFile: "\(folder)/opt/it/lib/pkgconfig/libvmmalloc.pc", encoding: .utf8)
        #expect(text.hasPrefix("prefix=/opt/it\n"))
    }

    /// A full file system: nothing is half-written, and what was installed can be removed.
    @Test(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
    func aFullFileSystemLeavesNoPieces() throws {
        let script = """
            cd "$VMMALLOC_POOL_DIR"
            "$0" install --prefix "$PWD/prefix" > /dev/null; echo $?
            find . -name '.forklab*' -o -type f -size 0
            "$0" uninstall --prefix "$PWD/prefix" > /dev/null; echo $?
            find . -mindepth 1
            """
        let forklab = BuildProducts.directory.appendingPathComponent("forklab").path
        let site = PoolSite.fresh("tmpfs", mebibytes: 1)
        let outcome = try Command(site.commandLine(["sh", "-c", script, forklab])).run()
        #expect(outcome.output == "2\n0\n", "\(outcome)")
        #expect(outcome.errors.contains("No space left on device"), "\(outcome)")
    }

    // MARK: The manual page

    @Test(.enabled(if: PoolSite.isInstalled("man"), "needs the package man-db"))
    func manFindsNoFaultInTheManualPage() throws {
        var command = Command(["man", "--warnings", "-l", BuildProducts.manual])
        command.environment = ["MANPAGER": "cat"]
        let outcome = try command.run()
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        // Each variable and each message is there.
        let text = outcome.output
        for name in [
            "POOL_DIR", "POOL_SIZE", "FORK", "POOL_RESERVE", "FORK_COPY", "FORK_SPACE", "FORK_COPIER",
            "FORK_LOG",
            "FOLD", "LOG_LEVEL",
            "LOG_FILE", "LOG_STATS",
        ] { #expect(text.contains("VMMALLOC_\(name)"), "VMMALLOC_\(name) is not documented") }
    }

    @Test(
        .enabled(if: PoolSite.isInstalled("mandoc"), "needs the package mandoc"),
        arguments: [BuildProducts.manual, BuildProducts.harnessManual])
    func mandocFindsNoFaultInTheManualPages(page: String) throws {
        let outcome = try Command(["mandoc", "-T", "lint", page]).run()
        // Missing other pages are not a fault of this one.
        let faults = outcome.output.split(separator: "\n").filter {
            !$0.contains("referenced manual not found")
        }
        #expect(faults.isEmpty, "\(outcome)")
    }

    @Test func theHarnesssManualPageNamesEachSubcommand() throws {
        let page = try String(contentsOfFile: BuildProducts.harnessManual, encoding: .utf8)
        let words = Set(page.split { $0.isWhitespace || $0 == "," })
        let help = try Command([BuildProducts.harness, "--help"]).run().output
        let list = try #require(help.split(separator: "SUBCOMMANDS:").last)
        let names = list.matches(of: #/\n  ([a-z]+) /#).map(\.output.1)
        #expect(names.contains("run"))
        for name in names { #expect(words.contains(name), "\(name)") }
    }
}
