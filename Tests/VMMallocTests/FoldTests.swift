import Foundation
import Testing

/// What a fork has made private returns to the pool file, and nothing is lost.
@Suite struct FoldTests {
    private func fold(
        _ site: PoolSite, poolSize: String = "256M", library: String = BuildProducts.library,
        mode: Int = 2, _ more: [String: String] = [:], _ arguments: String...
    ) throws -> Outcome {
        let which = mode == 1 ? ["VMMALLOC_FOLD": "auto"] : ["VMMALLOC_FORK_COPIER": "child"]
        return try Preloaded(
            site: site, poolSize: poolSize, forkMode: mode, library: library,
            environment: more.merging(which) { own, _ in own }
        ).run([Scratch.compiled("fold.c")] + arguments)
    }

    /// Without jemalloc's ten seconds of decay, the slow path is taken often.
    private static let withoutDecay = ["MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"]

    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func whatIsPrivateComesBack(site: PoolSite, library: String) throws {
        for reserve in ["auto", "lazy", "none", "eager"] {
            let outcome = try fold(site, library: library, ["VMMALLOC_POOL_RESERVE": reserve], "back", "12")
            #expect(outcome.status == 0, "\(reserve): \(outcome)")
        }
        let outcome = try fold(site, library: library, Self.withoutDecay, "back", "12")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, ["slow-path", "half-way"])
    func itComesBackInMallocAndFree(site: PoolSite, how: String) throws {
        for mode in [1, 2] {
            let log = try Scratch.folder("folds") + "/\(how)"
            try? FileManager.default.removeItem(atPath: log)
            let outcome = try fold(
                site, mode: mode, Self.withoutDecay.merging(["VMMALLOC_FORK_LOG": log]) { own, _ in own }, how
            )
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
            guard how == "half-way" else { continue }
            let text = try String(contentsOfFile: log, encoding: .utf8)
            #expect(text.contains("\"folds\":1,\"bytes\":"), "mode \(mode): \(text)")
        }
    }

    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func mode1ComesBackWhenNobodySharesTheFile(site: PoolSite, library: String) throws {
        for more in [[:], ["VMMALLOC_POOL_RESERVE": "lazy"], Self.withoutDecay] {
            let outcome = try fold(site, library: library, mode: 1, more, "remap")
            #expect(outcome.status == 0, "\(more): \(outcome)")
        }
    }

    @Test(arguments: PoolSite.all, [1, 2])
    func nothingComesBackWhereThatIsOff(site: PoolSite, mode: Int) throws {
        let outcome = try fold(
            site, mode: mode, Self.withoutDecay.merging(["VMMALLOC_FOLD": "off"]) { own, _ in own }, "off")
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// What holds for forks in mode 1 that are for good.
    @Test(
        arguments: PoolSite.all,
        [
            ["fork_isolation.c"], ["fork_isolation.c", "8"], ["fork_under_load.c", "4", "50"],
            ["file_lock.c"], ["file_flush.c"], ["signal_in_fork.c", "allocate"],
            ["signal_in_fork.c", "fork"], ["nested_fork.c"], ["thread_specific.c"],
            ["concurrent_forks.c", "20"], ["heap_advice.c"], ["freed_memory.c"], ["torn_pairs.c", "50"],
            ["lowered_limit.c", "data", "33554432"], ["lowered_limit.c", "as", "104857600"],
        ])
    func whatHoldsForMode1Holds(site: PoolSite, command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        let outcome = try Preloaded(site: site, forkMode: 1, environment: ["VMMALLOC_FOLD": "auto"])
            .run([program] + command.dropFirst())
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, BuildProducts.libraries)
    func notWhileAChildNeedsTheFile(site: PoolSite, library: String) throws {
        let outcome = try fold(site, library: library, [:], "children")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all)
    func notBesideOthersThatWrite(site: PoolSite) throws {
        for mode in [1, 2] {
            let outcome = try fold(site, mode: mode, [:], "conditions")
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
            #expect(outcome.output.contains("folded\n"), "\(outcome)")
            // At least where files are on a disk.
            #expect(site.description != "disk" || outcome.output.contains("direct "), "\(outcome)")
        }
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

    private func stress(
        _ site: PoolSite, mode: Int, library: String = BuildProducts.library, _ arguments: String...
    )
        throws -> Outcome
    {
        let forks = ProcessInfo.processInfo.environment["VMMALLOC_TEST_FORKS"] ?? "4"
        let which = mode == 1 ? ["VMMALLOC_FOLD": "auto"] : ["VMMALLOC_FORK_COPIER": "child"]
        return try Preloaded(
            site: site, poolSize: "128M", forkMode: mode, library: library, environment: which
        ).run([Scratch.compiled("fold_stress.c"), forks] + arguments)
    }

    /// VMMALLOC_TEST_FORKS=1000 is the long form.
    @Test(
        .enabled(if: getuid() == 0, "userfaultfd(2) needs privileges"),
        arguments: [1, 2], BuildProducts.libraries)
    func whatThreadsWriteToComesBackOnTmpfs(mode: Int, library: String) throws {
        let outcome = try stress(.tmpfs, mode: mode, library: library, "folds")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: PoolSite.all, [1, 2])
    func noWriteOfThreadsIsLostWhereItWaits(site: PoolSite, mode: Int) throws {
        let outcome = try stress(site, mode: mode, "waits")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: [
        ("userfaultfd", EPERM), ("userfaultfd", EMFILE), ("api", EINVAL), ("register", EBUSY),
        ("unregister", EINVAL), ("writeprotect", EAGAIN), ("wake", EINVAL), ("ioctl", EPERM),
        ("mremap", ENOMEM), ("madvise", EINVAL), ("madvise", EFAULT), ("mincore", ENOSYS),
        ("statx", EPERM), ("getdents64", EIO), ("openat", EMFILE), ("mmap", ENOMEM),
    ])
    func whatTheKernelRefusesLosesNoWrite(call: String, error: Int32) throws {
        for mode in [1, 2] {
            let outcome = try stress(.tmpfs, mode: mode, "refused", call, "\(error)")
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
        }
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)), arguments: [1, 2])
    func whatWasNeverWrittenTakesNoSpace(mode: Int) throws {
        let outcome = try fold(
            .fresh("tmpfs", mebibytes: 512), mode: mode, ["VMMALLOC_POOL_RESERVE": "none"], "sparse")
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test func itTurnsRedUnderALibraryThatDoesNothing() throws {
        for mode in [1, 2] {
            let outcome = try fold(.tmpfs, library: Scratch.emptyLibrary(), mode: mode, [:], "back")
            #expect(outcome.status == 1 && outcome.errors.contains("does not lie in the pool"), "\(outcome)")
        }
    }
}
