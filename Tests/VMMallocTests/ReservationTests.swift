import Foundation
import Testing

/// What VMMALLOC_POOL_RESERVE makes of large blocks.
@Suite(.enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)))
struct ReservationTests {
    /// A tmpfs of 0 MiB has no limit, so it is never full.
    @Test(arguments: [
        ("none", 2048, "none"), ("auto", 0, "none"), ("auto", 2048, "taken"), ("lazy", 0, "taken"),
    ])
    func aSparseBlockOnTmpfs(reserve: String, mebibytes: Int, expected: String) throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(
                site: .fresh("tmpfs", mebibytes: mebibytes), poolSize: "1G", library: library,
                environment: ["VMMALLOC_POOL_RESERVE": reserve]
            ).run(program: "sparse_block.c", expected)
            #expect(outcome.status == 0, "\(outcome)")
        }
    }

    @Test(arguments: [("tmpfs", "lazy"), ("tmpfs", "none"), ("tmpfs", "auto"), ("ext4", "none")])
    func freedSpaceIsKeptWithinBounds(type: String, reserve: String) throws {
        for library in BuildProducts.libraries {
            let outcome = try Preloaded(
                site: .fresh(type, mebibytes: 1024), poolSize: "512M", library: library,
                environment: ["VMMALLOC_POOL_RESERVE": reserve]
            ).run(program: "kept_space.c")
            #expect(outcome.status == 0, "\(outcome)")
        }
    }

    @Test(arguments: [["sparse_block.c", "none"], ["kept_space.c"]])
    func turnRedUnderALibraryThatDoesNothing(command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        let outcome = try Preloaded(library: Scratch.emptyLibrary()).run([program] + command.dropFirst())
        #expect(outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
