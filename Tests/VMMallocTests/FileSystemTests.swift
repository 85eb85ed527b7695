import Foundation
import Testing

/// File systems that lack something: the library does without if it can, and otherwise refuses in one line that says what
/// is missing.
@Suite(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
struct FileSystemTests {
    /// File systems without fallocate(2); bindfs has no O_TMPFILE either.
    static let withoutAllocation =
        ["ramfs", "ext2"] + (PoolSite.isInstalled("bindfs") && canUseFUSE ? ["bindfs"] : [])
    static let canUseFUSE = FileManager.default.fileExists(atPath: "/dev/fuse")

    @Test(arguments: withoutAllocation + ["overlay", "noexec"], ["auto", "lazy"])
    func heapsAreApart(type: String, reserve: String) throws {
        for (mode, library) in [1, 2, 3].flatMap({ mode in BuildProducts.libraries.map { (mode, $0) } }) {
            let outcome = try Preloaded(
                site: .fresh(type, mebibytes: 400), forkMode: mode, library: library,
                environment: ["VMMALLOC_POOL_RESERVE": reserve]
            ).run(program: "fork_isolation.c", "4")
            #expect(outcome.status == 0, "mode \(mode), \(library): \(outcome)")
        }
    }

    @Test(arguments: ["ext2"] + withoutAllocation.filter { $0 == "bindfs" }, ["auto", "lazy"])
    func aFullFileSystemIsNeverSIGBUS(type: String, reserve: String) throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(
                site: .fresh(type, mebibytes: 64), poolSize: "32M", library: library,
                environment: ["VMMALLOC_POOL_RESERVE": reserve]
            ).run(program: "full_file_system.c")
            #expect(outcome.status == 0, "\(library): \(outcome)")
        }
    }

    @Test(arguments: withoutAllocation)
    func eagerSaysWhatIsMissing(type: String) throws {
        try expectRefusal(
            type, ["VMMALLOC_POOL_RESERVE": "eager"], "Operation not supported",
            ": its file system has no fallocate(2), which VMMALLOC_POOL_RESERVE=eager needs: use auto, lazy or none"
        )
    }

    /// Each fork of mode 2 on it failed, half of them in the child.
    @Test func hugetlbfsIsRefused() throws {
        try expectRefusal(
            "hugetlbfs", [:], "Invalid argument",
            ": hugetlbfs has no pages of 4 KiB, which a fork needs: for huge pages use a tmpfs mounted with huge=always"
        )
    }

    @Test func aFileSystemThatIsReadOnlyIsRefused() throws {
        try expectRefusal("read-only", [:], "Read-only file system", "")
    }

    private func expectRefusal(
        _ type: String, _ environment: [String: String], _ error: String, _ advice: String
    ) throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(
                site: .fresh(type, mebibytes: 64), library: library, environment: environment
            ).run(["/bin/true"])
            let line =
                outcome.errors.split(separator: "\n").first { $0.hasPrefix("Error (libvmmalloc): ") } ?? ""
            #expect(outcome.status == -SIGABRT, "\(outcome)")
            #expect(
                line.hasPrefix("Error (libvmmalloc): vmem pool creation failed: \(error) (VMMALLOC_POOL_DIR ")
                    && line.hasSuffix(")" + advice), "\(outcome)")
        }
    }
}
