import Foundation
import Testing

/// What a fork whose child copies has made private returns to the pool file, and nothing is lost.
@Suite struct FoldTests {
    private func fold(
        _ site: PoolSite, poolSize: String = "256M", library: String = BuildProducts.library,
        _ more: [String: String] = [:], _ arguments: String...
    ) throws -> Outcome {
        let environment = more.merging(["VMMALLOC_FORK_COPIER": "child"]) { own, _ in own }
        return try Preloaded(
            site: site, poolSize: poolSize, forkMode: 2, library: library, environment: environment
        ).run([Scratch.compiled("fold.c")] + arguments)
    }

    /// Without jemalloc's ten seconds of decay, the slow path is taken often.
    private static let withoutDecay = ["MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"]

    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func whatIsPrivateComesBack(site: PoolSite, library: String) throws {
        for reserve in ["auto", "lazy", "eager"] {
            let outcome = try fold(site, library: library, ["VMMALLOC_POOL_RESERVE": reserve], "back", "12")
            #expect(outcome.status == 0, "\(reserve): \(outcome)")
        }
        let outcome = try fold(site, library: library, Self.withoutDecay, "back", "12")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, ["slow-path", "half-way"])
    func itComesBackInMallocAndFree(site: PoolSite, how: String) throws {
        let log = try Scratch.folder("folds") + "/\(how)"
        try? FileManager.default.removeItem(atPath: log)
        let outcome = try fold(
            site, Self.withoutDecay.merging(["VMMALLOC_FORK_LOG": log]) { own, _ in own }, how)
        #expect(outcome.status == 0, "\(outcome)")
        guard how == "half-way" else { return }
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(text.contains("\"folds\":1,\"bytes\":"), "\(text)")
    }

    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func notWhileAChildNeedsTheFile(site: PoolSite, library: String) throws {
        let outcome = try fold(site, library: library, [:], "children")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all)
    func notBesideOthersThatWrite(site: PoolSite) throws {
        let outcome = try fold(site, [:], "conditions")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("folded\n"), "\(outcome)")
        // At least where files are on a disk.
        #expect(site.description != "disk" || outcome.output.contains("direct "), "\(outcome)")
    }

    /// On ext4 the pool has its blocks; strict, for a reflink that shares them with a child promises them twice.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [("tmpfs", 80, ENOSPC), ("ext4", 80, 0), ("xfs", 320, 0)])
    func aFullFileSystemIsNeverSIGBUS(place: (type: String, mebibytes: Int, error: Int32)) throws {
        let outcome = try fold(
            .fresh(place.type, mebibytes: place.mebibytes), poolSize: "32M",
            ["VMMALLOC_FORK_SPACE": "strict"],
            "full", "\(place.error)")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// What is in use waits, for any of them may write to it.
    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func whatIsFreeComesBackBesideThreads(site: PoolSite, library: String) throws {
        for reserve in ["auto", "lazy"] {
            let log = try Scratch.folder("folds") + "/threads"
            try? FileManager.default.removeItem(atPath: log)
            let more = ["VMMALLOC_POOL_RESERVE": reserve, "VMMALLOC_FORK_LOG": log]
            let outcome = try fold(
                site, library: library, Self.withoutDecay.merging(more) { own, _ in own }, "threads")
            #expect(outcome.status == 0, "\(reserve): \(outcome)")
            let text = try String(contentsOfFile: log, encoding: .utf8)
            let waits = try Regex(#""folds":0,.*"bytes_to_fold":[1-9][0-9]*,"fold_obstacle":"threads""#)
            #expect(text.contains(waits), "\(text)")
        }
    }

    /// On tmpfs malloc fails; elsewhere the pool has its blocks.
    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [("tmpfs", 128, true), ("ext4", 160, false), ("xfs", 400, false)])
    func whatIsFreeTakesItsBlocksFirst(place: (type: String, mebibytes: Int, refuses: Bool)) throws {
        let outcome = try fold(
            .fresh(place.type, mebibytes: place.mebibytes), poolSize: "64M",
            Self.withoutDecay.merging(["VMMALLOC_FORK_SPACE": "strict"]) { own, _ in own }, "full-threads")
        #expect(outcome.status == 0, "\(outcome)")
        #expect((outcome.output != "0 refused\n") == place.refuses, "\(outcome)")
    }

    @Test func itTurnsRedUnderALibraryThatDoesNothing() throws {
        let outcome = try fold(.tmpfs, library: Scratch.emptyLibrary(), [:], "back")
        #expect(outcome.status == 1 && outcome.errors.contains("does not lie in the pool"), "\(outcome)")
    }
}
