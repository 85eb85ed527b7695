import Foundation
import Testing

/// VMMALLOC_FORK_COPIER=child: the parent freezes its pool and goes on, the child copies before its fork returns.
@Suite struct DeferredCopyTests {
    private func library(
        _ site: PoolSite = .tmpfs, poolSize: String = "64M", mode: Int,
        library: String = BuildProducts.library,
        _ more: [String: String] = [:]
    ) -> Preloaded {
        Preloaded(
            site: site, poolSize: poolSize, forkMode: mode, library: library,
            environment: more.merging(["VMMALLOC_FORK_COPIER": "child"]) { own, _ in own })
    }

    /// What holds for forks whose parent copies.
    @Test(
        arguments: PoolSite.all,
        [
            ["fork_isolation.c"], ["fork_isolation.c", "8"], ["fork_under_load.c", "4", "50"],
            ["file_lock.c"],
            ["file_flush.c"], ["signal_in_fork.c", "allocate"], ["signal_in_fork.c", "fork"],
            ["nested_fork.c"],
            ["thread_specific.c"], ["concurrent_forks.c", "20"], ["heap_advice.c"],
            ["core_dump.c", "crash", "child"],
        ])
    func whatHoldsForOtherForksHolds(site: PoolSite, command: [String]) throws {
        let program = try Scratch.compiled(command[0])
        let arguments = command[0] == "core_dump.c" ? [try Scratch.folder("deferred-core")] : []
        for mode in [2, 3] {
            let outcome = try library(site, mode: mode).run([program] + command.dropFirst() + arguments)
            #expect(outcome.status == 0, "mode \(mode): \(outcome)")
        }
    }

    @Test(arguments: BuildProducts.libraries, ["report", "second", "killed", "orphan", "exec"])
    func theChildCopies(library path: String, what: String) throws {
        for site in PoolSite.all {
            for mode in [2, 3] {
                let outcome = try library(site, mode: mode, library: path).run(
                    program: "deferred_copy.c", what)
                #expect(outcome.status == 0, "\(site), mode \(mode): \(outcome)")
            }
        }
    }

    @Test(
        arguments: PoolSite.all,
        ["copy_file_range", "memory", "classic", "reflink"])
    func everyEngineCopiesInTheChild(site: PoolSite, method: String) throws {
        let isReflinking = "\(site)".hasPrefix("xfs") || "\(site)".hasPrefix("btrfs")
        let log = try Scratch.folder("deferred-engines") + "/\(method)"
        try? FileManager.default.removeItem(atPath: log)
        let outcome = try library(
            site, mode: 2, ["VMMALLOC_FORK_COPY": method, "VMMALLOC_FORK_LOG": log]
        ).run(program: "fork_or_refusal.c", "3", "2")
        #expect(outcome.status == 0 && outcome.output == "deferred\ndeferred\n", "\(outcome)")
        let lines = try Self.lines(of: log)
        let copies = lines.filter { $0["child"] != nil }
        let forks = lines.filter { $0["child"] == nil && $0["fork"] != nil }
        #expect(copies.count == 2 && forks.count == 2, "\(lines)")
        for copy in copies where method != "reflink" || isReflinking {
            #expect(copy["action"] as? String == method && copy["error"] as? Int == 0, "\(copy)")
        }
        // It works nowhere else, and no other way is asked for.
        for copy in copies where method == "reflink" && !isReflinking {
            #expect(
                copy["action"] as? String == "remap" && copy["error"] as? Int == Int(EOPNOTSUPP), "\(copy)")
        }
        for (fork, copy) in zip(forks, copies) {
            #expect(
                fork["copier"] as? String == "child" && fork["action"] as? String == "deferred", "\(fork)")
            #expect(copy["parent"] as? Int == fork["pid"] as? Int, "\(copy)")
            #expect(copy["copy_ns"] as? Int ?? 0 > 0, "\(copy)")
        }
    }

    /// VMMALLOC_TEST_FORKS=1000 is the long form.
    @Test(arguments: PoolSite.all)
    func noChildIsTorn(site: PoolSite) throws {
        let forks = ProcessInfo.processInfo.environment["VMMALLOC_TEST_FORKS"] ?? "200"
        let outcome = try library(site, mode: 2).run(program: "torn_pairs.c", forks)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "torn in the heap 0, against .bss 0\n")
    }

    @Test(
        .enabled(if: PoolSite.canMount, Comment(rawValue: PoolSite.mountAdvice)),
        arguments: [("tmpfs", 64, "60"), ("ext4", 64, "60"), ("xfs", 320, "400")], [2, 3])
    func aChildWithoutRoomStaysPrivate(place: (type: String, mebibytes: Int, filler: String), mode: Int)
        throws
    {
        let outcome = try library(.fresh(place.type, mebibytes: place.mebibytes), poolSize: "32M", mode: mode)
            .run(program: "deferred_copy.c", "private", place.filler)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "private\nprivate\nprivate\n", "\(outcome)")
    }

    /// A call that the kernel refuses from then on, and what becomes of each of two forks. Where /proc/self/pagemap is not to be
    /// had, the memory is copied; where there is no mark, nothing is folded.
    @Test(arguments: [
        ("copy_file_range", ENOSPC, "private (No space left on device)\n"),
        ("copy_file_range", ENOSYS, "copied\n"), ("openat", EACCES, "private (Permission denied)\n"),
        ("openat", EMFILE, "private (Too many open files)\n"),
        ("mmap", ENOMEM, "private (Cannot allocate memory)\n"),
        ("ioctl", EPERM, "copied\n"), ("memfd_create", ENOSYS, "copied\n"),
        ("ftruncate", EIO, "private (Input/output error)\n"), ("msync", ENOMEM, "copied\n"),
        ("fcntl", EMFILE, "copied\n"), ("mremap", ENOMEM, "refused (Cannot allocate memory)\n"),
    ])
    func whatTheKernelRefusesCostsNoHeap(call: String, error: Int32, outcomeOfEach: String) throws {
        for site in [PoolSite.tmpfs, .disk] {
            for mode in [2, 3] {
                let outcome = try library(site, mode: mode)
                    .run(program: "deferred_copy.c", "refused", call, "\(error)")
                #expect(outcome.status == 0, "\(site), mode \(mode): \(outcome)")
                #expect(outcome.output == outcomeOfEach + outcomeOfEach, "\(site), mode \(mode): \(outcome)")
            }
        }
    }

    /// Where private memory is refused (data), the parent copies; where a file is (fsize, as), the child stays private.
    @Test(
        arguments: [PoolSite.tmpfs, .disk],
        [("data", 1 << 20), ("data", 32 << 20), ("as", 100 << 20), ("as", 60 << 20), ("fsize", 0)])
    func noForkIsRefusedForALimit(site: PoolSite, limit: (resource: String, bytes: Int)) throws {
        let outcome = try library(site, mode: 2)
            .run(program: "lowered_limit.c", limit.resource, "\(limit.bytes)")
        #expect(outcome.status == 0 && outcome.output == "3 worked, 0 refused, 0 left\n", "\(outcome)")
    }

    @Test func theyTurnRedUnderALibraryThatDoesNothing() throws {
        for command in [["deferred_copy.c", "report"], ["torn_pairs.c", "2"]] {
            let outcome = try library(mode: 2, library: Scratch.emptyLibrary())
                .run([Scratch.compiled(command[0])] + command.dropFirst())
            #expect(outcome.status == 1 && outcome.errors.contains("does not lie in the pool"), "\(outcome)")
        }
    }

    /// Objects of the log's lines.
    private static func lines(of log: String) throws -> [[String: Any]] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }
}
